import fs from 'node:fs';
import { isWritable } from './poll.ts';

/** A destination for bytes that never blocks. */
export interface Sink {
  /**
   * Writes what can be written now.
   * @returns number of bytes written; 0 when none can be written now.
   * @throws Error of the file system when waiting would not help: no space left, the reader is gone.
   */
  write(bytes: Buffer): number;
}

/**
 * PIPE_BUF of linux/limits.h, a page. A pipe that poll(2) calls writable has room for that much (`pipe_full` of
 * fs/pipe.c), and so has a unix stream (`unix_writable` of net/unix/af_unix.c: three quarters of its buffer are free).
 */
const SURE_TO_FIT = 4096;

/**
 * Opens a sink for a descriptor that other processes may share. O_NONBLOCK would affect all of them, so a pipe, a
 * terminal or another device is opened a second time, for flockd alone. A socket (journald's) cannot be reopened: it is
 * polled for room before each write. A regular file never blocks on a reader; reopened, it would be overwritten from
 * its beginning.
 */
export function openSink(fd: number): Sink {
  const stat = fs.fstatSync(fd);
  if (stat.isFile()) return { write: (bytes) => fs.writeSync(fd, bytes) };
  return stat.isSocket() ? askingSink(fd) : reopeningSink(fd);
}

function askingSink(fd: number): Sink {
  return {
    write: (bytes) => (isWritable(fd) ? fs.writeSync(fd, bytes.subarray(0, SURE_TO_FIT)) : 0),
  };
}

function reopeningSink(fd: number): Sink {
  let own: number | undefined;
  let fallback: Sink | undefined;
  return {
    write(bytes) {
      if (fallback !== undefined) return fallback.write(bytes);
      try {
        own ??= reopen(fd);
        return fs.writeSync(own, bytes);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code === 'EAGAIN') return 0;
        // ENXIO: a FIFO without a reader, which may get one. Anything else, such as EACCES for another user's pipe or a
        // missing /proc, is permanent.
        if (own !== undefined || code === 'ENXIO') throw error;
        fallback = askingSink(fd);
        return fallback.write(bytes);
      }
    },
  };
}

/** Node opens with O_CLOEXEC. Without O_NOCTTY a terminal could become flockd's own, with its signals. */
function reopen(fd: number): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  return fs.openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
}
