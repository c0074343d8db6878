import koffi from 'koffi';

/** poll.h: room to write. */
const POLLOUT = 0x004;

let poll: ((set: Buffer, count: number, timeoutMs: number) => number) | undefined;

/**
 * Whether a write to a descriptor would not block: there is room, or an error that the write will meet at once (poll(2)
 * with timeout 0). Node has no call for it.
 */
export function isWritable(fd: number): boolean {
  poll ??= koffi.load('libc.so.6').func('int poll(void *set, unsigned long count, int timeoutMs)');
  // struct pollfd: int fd, short events, short revents.
  const set = Buffer.alloc(8);
  set.writeInt32LE(fd, 0);
  set.writeInt16LE(POLLOUT, 4);
  return poll(set, 1, 0) > 0 && set.readInt16LE(6) !== 0;
}
