import type { RenderJson } from '../api/types.ts';
import { publishPaths } from '../bird/files/paths.ts';
import { maskSecrets } from '../bird/secrets.ts';
import type { RenderedFiles } from '../bird/types.ts';
import type { Config } from '../config/types.ts';

/** `render --json`: each file with the path under which BIRD reads it. Passwords are masked. */
export function renderJson(config: Config, files: RenderedFiles): RenderJson {
  const paths = publishPaths(config.bird.config, config.bird.mode);
  return {
    files: [
      { path: paths.config, text: maskSecrets(files.config) },
      { path: paths.announcements, text: files.announcements },
    ],
  };
}
