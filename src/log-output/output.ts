import { LineQueue, type LossLine } from './line-queue.ts';
import type { Sink } from './sink.ts';

/** Bytes of lines that wait for a reader at most; 3,000 lines or so. */
export const MOST_WAITING_BYTES = 1024 * 1024;

/** Bytes in one write at most: what a pipe holds by default (pipe(7)). */
const CHUNK_BYTES = 64 * 1024;

/** How soon a reader that reads is tried again, in milliseconds; one that does not; one that is gone, or a full disk. */
const SLOW_MS = 5;
const STALLED_MS = 50;
const FAILED_MS = 1_000;

/** How often the last lines are tried at the end of the process, in milliseconds. */
const LAST_TRY_MS = 5;

/** Lines go in, and the reader gets them when it reads. Nothing here waits. */
export interface LineOutput {
  /** @param line with its newline. */
  write(line: string): void;
  /** For the end of the process: tries until everything is written, waiting so long at most. */
  flush(deadlineMs: number): void;
}

/** @param limit bytes that may wait. */
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
      // There is no place to tell it: the log is what fails. The lines wait, and what is lost is counted.
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
