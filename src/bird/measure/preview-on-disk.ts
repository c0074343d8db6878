import { previewChange } from '../../bird-language/compare/preview.ts';
import type { Preview } from '../../bird-language/compare/types.ts';
import { diskFiles } from '../../bird-language/text/disk-files.ts';
import type { PublishPaths } from '../files/paths.ts';
import type { RenderedFiles } from '../types.ts';

/**
 * What BIRD would do if these files replaced the ones on disk. The operator's own files, which either may include, are
 * read as they are.
 */
export function previewOnDisk(paths: PublishPaths, files: RenderedFiles): Preview {
  const { main } = paths;
  const next = new Map([
    [paths.config, files.config],
    [paths.announcements, files.announcements],
  ]);
  return previewChange(
    { main, files: diskFiles(new Map(), [paths.config, paths.announcements]) },
    { main, files: diskFiles(next) },
  );
}
