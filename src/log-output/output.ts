import { LineQueue, type LossLine } from './line-queue.ts';
import type { Sink } from './sink.ts';

/** Most bytes of lines queued for a reader; about 3,000 lines. */
export const MOST_WAITING_BYTES = 1024 * 1024;

/** Most bytes in one write: the default capacity of a pipe (pipe(7)). */
const CHUNK_BYTES = 64 * 1024;

/**
 * Milliseconds until the next try: for a reader that reads; for one that does not; for one that is gone, or a full
 * disk.
 */
const SLOW_MS = 5;
const STALLED_MS = 50;
const FAILED_MS = 1_000;

/** Milliseconds between tries to write the last lines at the end of the process. */
const LAST_TRY_MS = 5;

/** Accepts lines and passes them on when the reader reads. Never blocks. */
interface LineOutput {
  /** @param line with its newline. */
  write(line: string): void;
  /** For the end of the process: tries until everything is written, for at most the given time. */
  flush(deadlineMs: number): void;
}

/** @param limit bytes that may be queued. */
export function createLineOutput(sink: Sink, lossLine: LossLine, limit = MOST_WAITING_BYTES): LineOutput {
  const queue = new LineQueue(limit, lossLine);
  let retry: NodeJS.Timeout | undefined;

  /** @returns undefined when all is written, else how long to wait before the next try, in milliseconds. */
  function drain(): number | undefined {
    let wait = STALLED_MS;
    try {
      while (queue.bytes > 0) {
        const written = sink.write(queue.head(CHUNK_BYTES));
        if (written === 0) return wait;
        wait = SLOW_MS;
        queue.advance(written);
      }
      return undefined;
    } catch {
      // There is nowhere to report it: the log itself fails. The lines stay queued, and dropped ones are counted.
      return FAILED_MS;
    }
  }

  function drainLater(): void {
    retry = undefined;
    const wait = drain();
    if (wait !== undefined) retry = setTimeout(drainLater, wait).unref();
  }

  return {
    write(line) {
      queue.push(line);
      if (retry === undefined) drainLater();
    },
    flush(deadlineMs) {
      const sleeper = new Int32Array(new SharedArrayBuffer(4));
      for (let waited = 0; waited < deadlineMs; waited += LAST_TRY_MS) {
        const wait = drain();
        if (wait === undefined || wait === FAILED_MS) return;
        Atomics.wait(sleeper, 0, 0, LAST_TRY_MS);
      }
    },
  };
}
