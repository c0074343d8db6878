import type { ChangeJson, DiffJson } from '../api/types.ts';
import { publishPaths } from '../bird/files/paths.ts';
import { diskFiles } from '../bird/preview/disk-files.ts';
import { previewChange } from '../bird/preview/preview.ts';
import type { RenderedFiles } from '../bird/types.ts';
import type { ProtocolStatus } from '../bird-control/types.ts';
import type { Config } from '../config/types.ts';
import { fileDiff } from './file-diff.ts';
import { foreignName, type LiveFiles } from './live-files.ts';
import { previewJson } from './preview-json.ts';

/** What a diff is made of, beside the files that the operator's own files include. */
export interface DiffInput {
  readonly config: Config;
  /** What lies in place. */
  readonly live: LiveFiles;
  /** What would be written now. */
  readonly files: RenderedFiles;
  /** BIRD's protocols; undefined when BIRD could not be asked. */
  readonly running: readonly ProtocolStatus[] | undefined;
  readonly change: ChangeJson | null;
}

/** `render --diff --json`: what stands between the files in place and those that would be written now, and what comes of it. */
export function diffJson({ config, live, files, running, change }: DiffInput): DiffJson {
  const paths = publishPaths(config.bird.config, config.bird.mode);
  const { main } = paths;
  const next = new Map([
    [paths.config, files.config],
    [paths.announcements, files.announcements],
  ]);
  const preview = previewChange(
    { main, files: diskFiles(new Map(), [paths.config, paths.announcements]) },
    { main, files: diskFiles(next) },
  );
  return {
    change,
    files: [
      { path: paths.config, diff: fileDiff(paths.config, live.config, files.config) },
      { path: paths.announcements, diff: fileDiff(paths.announcements, live.announcements, files.announcements) },
    ],
    keptForeign: foreignName(paths.config, live.config),
    preview: previewJson(preview, running),
  };
}
