import koffi from 'koffi';

/**
 * The calls that Node lacks. All run on the calling thread, which is what setns(2) needs: a network namespace belongs to
 * a thread.
 */
// null is this process itself: libc is linked into it whatever its file is called (glibc, musl).
const libc = koffi.load(null);

/** setns(2). @returns 0, or -1 with {@link lastErrno} set. */
export const setns: (fd: number, namespaceType: number) => number = libc.func('int setns(int fd, int nstype)');

/** dup(2). */
export const dup: (fd: number) => number = libc.func('int dup(int fd)');

/** close(2). */
export const close: (fd: number) => number = libc.func('int close(int fd)');

/** getsockname(2). */
export const getsockname: (fd: number, address: Buffer, length: Buffer) => number = libc.func(
  'int getsockname(int fd, _Out_ void *address, _Inout_ void *length)',
);

/** setsockopt(2). */
export const setsockopt: (fd: number, level: number, option: number, value: Buffer, length: number) => number =
  libc.func('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)');

/** errno of the last call that failed. */
export function lastErrno(): number {
  return koffi.errno();
}
