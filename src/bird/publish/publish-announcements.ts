import { renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BirdControl } from '../../bird-control/types.ts';
import { renderAnnouncements } from '../announcements.ts';
import type { Applied, ApplyStrategy } from './apply.ts';
import { createFile, ownershipIn, readIfThere } from './files.ts';
import { keepRefused } from './live-set.ts';
import { type PublishPaths, refusedOf } from './paths.ts';
import { explainFault } from './refusal.ts';

/**
 * Brings a new set of announcements into force under the `bird.conf` that is in place: temporary file, rename,
 * `configure`. No check, no timer: the text is data of one shape, and no part of it is an operator's.
 *
 * Nothing here waits for the disk. After a power cut the file is the old one, the new one or empty; all three are valid,
 * and none is true any more, since no pod has survived. BIRD then starts with routes over devices that do not exist,
 * which `check link` keeps down, until flockd publishes again.
 *
 * A file that BIRD refuses is taken away again at once.
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
  if (old !== text) replace(paths, text);
  const applied = await apply(control);
  if (applied.outcome !== 'refused') return applied;
  // The fault may lie elsewhere, in the operator's file or in one that a template includes: then this one may stay.
  if (applied.file === undefined || basename(applied.file) === basename(paths.announcements)) {
    replace(paths, old ?? renderAnnouncements([]));
  } else if (paths.mode === 'include') {
    const said = explainFault(applied.message, paths, '', () => undefined);
    return {
      ...applied,
      message: `BIRD refuses its files: ${said}; what ran before still runs, and no announcement comes or goes until then`,
    };
  }
  const message = `BIRD refuses the announcements: ${applied.message}; what ran before still runs, the refused text is kept as ${refusedOf(paths.announcements)}`;
  keepRefused({ announcements: text }, message, paths, ownershipIn(paths.folder));
  return { ...applied, message };
}

function replace({ folder, announcements }: PublishPaths, text: string): void {
  const temporary = join(folder, `.${basename(announcements)}.new`);
  createFile(temporary, text, ownershipIn(folder), 'later');
  renameSync(temporary, announcements);
}
