import type { DiffJson } from '../api/types.ts';
import { foreignName, type LiveFiles } from '../bird/files/live-files.ts';
import { previewOnDisk } from '../bird/measure/preview-on-disk.ts';
import { diffJson } from '../report/diff.ts';
import { knownAnnouncements, type OfflineRendering } from './offline.ts';

/** A difference that was computed here, without the daemon. */
export interface OfflineDiff {
  readonly diff: DiffJson;
  /** Why it is not known which sessions are established; empty when it is. */
  readonly note: string;
}

/** The difference between the files in place and a rendering. */
export function diffOffline({ paths, text, running }: OfflineRendering, live: LiveFiles): OfflineDiff {
  const files = { config: text, announcements: knownAnnouncements(live.announcements) };
  const diff = diffJson({
    ...{ paths, live, files, keptForeign: foreignName(paths.config, live.config) },
    ...{ preview: previewOnDisk(paths, files), running: running.protocols, change: null },
  });
  return { diff, note: running.protocols === undefined ? running.why : '' };
}
