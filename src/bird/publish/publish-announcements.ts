import { basename } from 'node:path';
import type { BirdControl } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import { errnoOf } from '../../files/errno.ts';
import { replaceAnnouncements } from '../files/announcements-file.ts';
import { readIfThere } from '../files/file-operations.ts';
import { type PublishPaths, refusedOf } from '../files/paths.ts';
import { keepRefused } from '../files/refused-files.ts';
import { explainFault } from '../judge/refusal.ts';
import { renderAnnouncements } from '../render/announcements.ts';
import type { Applied, ApplyStrategy } from './configure.ts';

/**
 * Brings a new set of announcements into force under the `bird.conf` that is in place: temporary file, rename,
 * `configure`. No check, no timer: the text is data of one shape, and no part of it is an operator's.
 *
 * A file that BIRD refuses is removed again at once.
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
  // The fault may be elsewhere, in the operator's file or in one that a template includes: then this one may stay.
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

/** @returns the result: on a full disk the refusal is still reported. */
function keep(text: string, why: string, paths: PublishPaths): string {
  const place = refusedOf(paths.announcements);
  try {
    keepRefused({ announcements: text }, `BIRD refuses the announcements: ${why}`, paths);
    return `is kept as ${place}`;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return `cannot be kept as ${place} (${errorText(error)})`;
  }
}
