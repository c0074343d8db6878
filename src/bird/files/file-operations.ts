import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { holdsSecret } from '../../bird-language/text/secrets.ts';
import { errnoOf } from '../../files/errno.ts';

/** Who may read a file: numeric owner and group, and permission bits. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/**
 * What a file must have so that BIRD can read it: BIRD reads its configuration after it has given up root, as a user
 * that we cannot know, but that the folder was made for. So the file belongs to the folder's owner and group (0640), and
 * is readable by all only where the folder is; see `ownershipFor`.
 */
export function ownershipIn(folder: string): Ownership {
  const { uid, gid, mode } = statSync(folder);
  return { uid, gid, mode: 0o640 | ((mode & 0o005) === 0o005 ? 0o004 : 0) };
}

/** The same, for a file with this text: one with a password in it is never open to all, wherever it is. */
export function ownershipFor(text: string, ownership: Ownership): Ownership {
  return holdsSecret(text) ? { ...ownership, mode: ownership.mode & ~0o007 } : ownership;
}

/**
 * Writes a new file. What is in the way is removed first and the file is made exclusively, so that a symbolic link put
 * there by BIRD's user, who may own the folder, does not lead our write elsewhere.
 * @param sync wait until it is on the disk.
 */
export function createFile(path: string, text: string, ownership: Ownership, sync: 'sync' | 'later'): void {
  rmSync(path, { force: true });
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(fd, text);
    giveTo(fd, ownership);
    if (sync === 'sync') fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * The mode is set while the file is still ours, so that CAP_CHOWN is all it takes. A user who runs flockd without root
 * owns the folder, and BIRD, too.
 */
export function giveTo(fd: number, { uid, gid, mode }: Ownership): void {
  fchmodSync(fd, mode);
  if (process.geteuid?.() === 0) fchownSync(fd, uid, gid);
}

/** Makes renames in a folder durable. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The text of a file; undefined when there is none. Does not wait for a pipe that has that name. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, { encoding: 'utf8', flag: constants.O_RDONLY | constants.O_NONBLOCK });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives a file a second name in one step, in place of what has that name; `path` itself never ceases to exist. */
export function keepAs(path: string, name: string): void {
  const temporary = `${name}.new`;
  rmSync(temporary, { force: true });
  linkSync(path, temporary);
  renameSync(temporary, name);
  // rename(2) does nothing when both names are the same file already.
  rmSync(temporary, { force: true });
}

/**
 * Puts a kept file back where another one is. Where there is no room for a second name, not even for a moment, it
 * loses its own.
 */
export function putBackFrom(kept: string, path: string): void {
  try {
    keepAs(kept, path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    renameSync(kept, path);
  }
}

/** Changes when a file is replaced or written to. */
export function fileStamp(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs}`;
}
