import { linkSync, lstatSync, renameSync, rmSync, type Stats } from 'node:fs';
import { readIfThere } from './file-operations.ts';
import { editedNames } from './paths.ts';

/** A file that is flockd's and that another program or person has written. */
export interface KeptEdit {
  readonly path: string;
  /** Where theirs is kept. */
  readonly kept: string;
}

/**
 * Keeps what others have put where one of our files was: a file under a second name, so that an editor that
 * has it open goes on writing there; a folder, link or pipe by moving it there. The same text is kept once, and of many
 * texts only the latest.
 * @returns undefined where there is nothing to keep: no file, or an empty one.
 * @throws an error of the file system.
 */
export function keepEdit(path: string): KeptEdit | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) {
    const kept = freeName(path);
    renameSync(path, kept);
    return { path, kept };
  }
  const text = readIfThere(path);
  if (text === undefined || text === '') return undefined;
  const known = keptOf(path).find(({ name, stat: other }) => other.isFile() && readIfThere(name) === text);
  if (known !== undefined) return { path, kept: known.name };
  const kept = freeName(path);
  linkSync(path, kept);
  return { path, kept };
}

/** Whether what was kept is still there. */
export function isThere({ kept }: KeptEdit): boolean {
  return lstatSync(kept, { throwIfNoEntry: false }) !== undefined;
}

function keptOf(path: string): { readonly name: string; readonly stat: Stats }[] {
  return editedNames(path).flatMap((name) => {
    const stat = lstatSync(name, { throwIfNoEntry: false });
    return stat === undefined ? [] : [{ name, stat }];
  });
}

/** The first name that is not taken; where all are, that of the oldest file, which is overwritten. */
function freeName(path: string): string {
  const taken = keptOf(path);
  const free = editedNames(path).find((name) => taken.every((other) => other.name !== name));
  if (free !== undefined) return free;
  const [oldest] = taken.toSorted((a, b) => a.stat.mtimeMs - b.stat.mtimeMs);
  if (oldest === undefined) throw new Error(`no name is free to keep ${path}`);
  rmSync(oldest.name, { recursive: true, force: true });
  return oldest.name;
}
