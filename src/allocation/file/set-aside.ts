import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileFault } from './file-format.ts';

/** An allocations file that was not used, and where it is kept. Nothing in it is lost. */
export interface SetAside {
  readonly path: string;
  /** `interrupted`: an earlier start set it aside and ended before allocations were written again. */
  readonly reason: FileFault | 'interrupted';
  /** A sentence for the log and the status. */
  readonly message: string;
}

/** The prefix of every file that was set aside. */
function setAsidePrefix(path: string): string {
  return `${path}.set-aside-`;
}

/**
 * Renames an unusable file in its folder to `<path>.set-aside-<time>`, with a counter appended if that name is taken.
 * @returns the new path. The folder still has to be synced.
 */
export function setAside(path: string, now: Date): string {
  // Colons would have to be quoted in a command line of scp or rsync.
  const wanted = setAsidePrefix(path) + now.toISOString().replaceAll(':', '-');
  let target = wanted;
  for (let attempt = 2; fs.existsSync(target); attempt += 1) target = `${wanted}-${attempt}`;
  fs.renameSync(path, target);
  return target;
}

/** The newest file that was set aside, by its name. */
export function newestSetAside(path: string): string | undefined {
  const prefix = basename(setAsidePrefix(path));
  const names = fs.readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
  const newest = names.sort().at(-1);
  return newest === undefined ? undefined : join(dirname(path), newest);
}
