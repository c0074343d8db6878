import type { ChangeJson, DiffJson } from '../api/types.ts';
import type { LiveFiles } from '../bird/files/live-files.ts';
import type { PublishPaths } from '../bird/files/paths.ts';
import type { RenderedFiles } from '../bird/types.ts';
import type { ProtocolStatus } from '../bird-control/types.ts';
import type { Preview } from '../bird-language/compare/types.ts';
import { fileDiff } from './file-diff.ts';
import { previewJson } from './preview.ts';

/** The input of a diff. */
interface DiffInput {
  readonly paths: PublishPaths;
  /** The files in place. */
  readonly live: LiveFiles;
  /** What would be written now. */
  readonly files: RenderedFiles;
  /** Where a file that flockd has not written would be kept; null if there is none. */
  readonly keptForeign: string | null;
  /** What BIRD would do with the files. */
  readonly preview: Preview;
  /** BIRD's protocols; undefined when BIRD could not be asked. */
  readonly running: readonly ProtocolStatus[] | undefined;
  readonly change: ChangeJson | null;
}

/**
 * `render --diff --json`: how the files in place differ from those that would be written now, and the effects of that
 * change.
 */
export function diffJson({ paths, live, files, keptForeign, preview, running, change }: DiffInput): DiffJson {
  return {
    change,
    files: [
      { path: paths.config, diff: fileDiff(paths.config, live.config, files.config) },
      { path: paths.announcements, diff: fileDiff(paths.announcements, live.announcements, files.announcements) },
    ],
    keptForeign,
    preview: previewJson(preview, running),
  };
}
