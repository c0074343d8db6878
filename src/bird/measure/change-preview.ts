import { previewChange } from '../../bird-language/compare/preview.ts';
import type { Preview } from '../../bird-language/compare/types.ts';
import { diskFiles } from '../../bird-language/text/disk-files.ts';
import type { PublishPaths } from '../files/paths.ts';
import { renderAnnouncements } from '../render/announcements.ts';

/** Paths of a set of files that is not in place. */
interface StagedSet {
  /** Of the file that BIRD starts with. */
  readonly main: string;
  readonly announcements: string;
}

/**
 * Compares the files in place with those that would replace them, both with no address announced: those touch no session, have gone out
 * already, and reading ten thousand of them takes longer than everything else here.
 */
export function previewStaged(staged: StagedSet, { main, config, announcements }: PublishPaths): Preview {
  const none = renderAnnouncements([]);
  const before = diskFiles(new Map([[announcements, none]]), [config]);
  const after = diskFiles(new Map([[staged.announcements, none]]));
  return previewChange({ main, files: before }, { main: staged.main, files: after });
}
