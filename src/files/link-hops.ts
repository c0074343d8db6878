import { readlinkSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** A name in a folder that helps determine what a path leads to. */
interface Hop {
  readonly folder: string;
  readonly name: string;
}

/** Most links that the kernel follows in one path (`MAXSYMLINKS`, include/linux/namei.h). */
const MAX_LINKS = 40;

/**
 * Every name that determines what a path leads to: its own, and if that is a link, the name it leads to, and so on. The
 * last one is that of the file itself, which need not exist. Links among the folders on the way are not considered.
 * @param path absolute.
 */
export function hopsOf(path: string): readonly Hop[] {
  const hops: Hop[] = [];
  for (let at = path; hops.length <= MAX_LINKS; ) {
    hops.push({ folder: dirname(at), name: basename(at) });
    const target = targetOf(at);
    if (target === undefined) break;
    at = resolve(dirname(at), target);
  }
  return hops;
}

/** The target of a link; undefined when it is not a link or does not exist. */
function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // EINVAL: not a link. Any other problem shows when it is read.
    return undefined;
  }
}
