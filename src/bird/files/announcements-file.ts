import { renameSync, rmSync } from 'node:fs';
import { errnoOf } from '../../files/errno.ts';
import { createFile, ownershipIn } from './file-operations.ts';
import { type PublishPaths, temporaryOf } from './paths.ts';
import { replaceFromReserve } from './reserve.ts';

/**
 * Puts a text where the announcements are. On a full disk the reserve replaces the temporary file.
 *
 * Nothing here waits for the disk. After a power cut the file is the old one, the new one or empty; all three are valid,
 * and none is true any more, since no pod has survived. BIRD then starts with routes over devices that do not exist,
 * which `check link` keeps down, until flockd publishes again.
 * @throws an error of the file system; what was in place is then intact.
 */
export function replaceAnnouncements(text: string, paths: PublishPaths): void {
  const ownership = ownershipIn(paths.folder);
  const temporary = temporaryOf(paths.announcements);
  try {
    createFile(temporary, text, ownership, 'later');
    renameSync(temporary, paths.announcements);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    try {
      rmSync(temporary, { force: true });
      replaceFromReserve(text, paths, ownership);
    } catch (second) {
      if (errnoOf(second) === undefined) throw second;
      throw error; // Why the reserve was needed says more than what is wrong with it.
    }
  }
}
