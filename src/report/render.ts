import type { RenderJson } from '../api/types.ts';
import type { PublishPaths } from '../bird/files/paths.ts';
import type { RenderedFiles } from '../bird/types.ts';
import { maskSecrets } from '../bird-language/text/secrets.ts';

/** `render --json`: each file with the path under which BIRD reads it. Passwords are masked. */
export function renderJson(paths: PublishPaths, files: RenderedFiles): RenderJson {
  return {
    files: [
      { path: paths.config, text: maskSecrets(files.config) },
      { path: paths.announcements, text: files.announcements },
    ],
  };
}
