import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/** Flag of renameat2(2), `linux/fs.h`: both names remain, and each gets the other's file. */
const RENAME_EXCHANGE = 2;

/** For a path that is not relative to an open folder, `linux/fcntl.h`. */
const AT_FDCWD = -100;

/** Errors of a kernel or file system without this kind of rename, such as NFS and older ones. */
const UNSUPPORTED: ReadonlySet<number> = new Set([
  constants.errno.EINVAL,
  constants.errno.ENOSYS,
  constants.errno.EOPNOTSUPP,
]);

// Node has no call for it. null is this process itself: libc is linked into it.
const renameat2: (oldFolder: number, oldPath: string, newFolder: number, newPath: string, flags: number) => number =
  koffi
    .load(null)
    .func('int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags)');

/**
 * Exchanges the names of two files atomically: opening either name yields its old or its new content, and never fails
 * in between. It needs neither a free block nor a free inode, and both files keep their disk space.
 * @returns false when the file system cannot do that; then nothing has happened.
 * @throws an error like those of Node's own file functions.
 */
export function exchangeFiles(one: string, other: string): boolean {
  if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) === 0) return true;
  const errno = koffi.errno();
  if (UNSUPPORTED.has(errno)) return false;
  const code = getSystemErrorName(-errno);
  const message = `${code}: exchange '${one}' with '${other}'`;
  throw Object.assign(new Error(message), { errno: -errno, code, syscall: 'renameat2', path: one, dest: other });
}
