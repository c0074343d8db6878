import type { DiffJson } from '../api/types.ts';
import { diffJson } from '../daemon/diff-json.ts';
import type { LiveFiles } from '../daemon/live-files.ts';
import { knownAnnouncements, type OfflineRendering } from './offline.ts';

/** A difference that was worked out here, without the daemon. */
export interface OfflineDiff {
  readonly diff: DiffJson;
  /** Why it is not known which sessions are established; empty when it is. */
  readonly note: string;
}

/** What stands between the files in place and a rendering. */
export function diffOffline({ config, text, running }: OfflineRendering, live: LiveFiles): OfflineDiff {
  const files = { config: text, announcements: knownAnnouncements(live.announcements) };
  const diff = diffJson({ config, live, files, running: running.protocols, change: null });
  return { diff, note: running.protocols === undefined ? running.why : '' };
}
