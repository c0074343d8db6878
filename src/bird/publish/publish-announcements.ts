import { renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import type { BirdControl } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import { createFile, errnoOf, ownershipIn, readIfThere } from '../files/file-operations.ts';
import { keepRefused } from '../files/live-set.ts';
import { type PublishPaths, refusedOf, temporaryOf } from '../files/paths.ts';
import { replaceFromReserve } from '../files/reserve.ts';
import { explainFault } from '../judge/refusal.ts';
import { renderAnnouncements } from '../render/announcements.ts';
import type { Applied, ApplyStrategy } from './configure.ts';

/**
 * Brings a new set of announcements into force under the `bird.conf` that is in place: temporary file, rename,
 * `configure`. No check, no timer: the text is data of one shape, and no part of it is an operator's.
 *
 * Nothing here waits for the disk. After a power cut the file is the old one, the new one or empty; all three are valid,
 * and none is true any more, since no pod has survived. BIRD then starts with routes over devices that do not exist,
 * which `check link` keeps down, until flockd publishes again.
 *
 * A file that BIRD refuses is taken away again at once. On a full disk the reserve takes the place of the temporary file.
 * @param before the text that BIRD has in force; undefined when that is not known.
 * @throws an error of the file system.
 */
export async function publishAnnouncements(
  text: string,
  before: string | undefined,
  paths: PublishPaths,
  control: BirdControl,
  apply: ApplyStrategy,
): Promise<Applied> {
  const old = before ?? readIfThere(paths.announcements);
  if (old !== text) replaceAnnouncements(text, paths);
  const applied = await apply(control);
  if (applied.outcome !== 'refused') return applied;
  // The fault may lie elsewhere, in the operator's file or in one that a template includes: then this one may stay.
  if (applied.file === undefined || basename(applied.file) === basename(paths.announcements)) {
    replaceAnnouncements(old ?? renderAnnouncements([]), paths);
  } else if (paths.mode === 'include') {
    const said = explainFault(applied.message, paths, '', () => undefined);
    return {
      ...applied,
      message: `BIRD refuses its files: ${said}; what ran before still runs, and no announcement comes or goes until then`,
    };
  }
  const kept = keep(text, applied.message, paths);
  return {
    ...applied,
    message: `BIRD refuses the announcements: ${applied.message}; what ran before still runs, the refused text ${kept}`,
  };
}

/** @returns what came of it: on a full disk the refusal is told all the same. */
function keep(text: string, why: string, paths: PublishPaths): string {
  const place = refusedOf(paths.announcements);
  try {
    keepRefused({ announcements: text }, `BIRD refuses the announcements: ${why}`, paths, ownershipIn(paths.folder));
    return `is kept as ${place}`;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return `cannot be kept as ${place} (${errorText(error)})`;
  }
}

/**
 * Puts a text in place of the announcements.
 * @throws an error of the file system; then what was in place is there, whole.
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
      throw error; // Why there was need for the reserve says more than what is wrong with it.
    }
  }
}
