import type { Logger } from '../../log.ts';
import { BoundedLines, heldBackText } from './bounded-lines.ts';

/** Writes lines at `info`, bounded, see BoundedLines. */
export interface BoundedLog {
  /** @param kind what has happened, in the plural. @param subject to what. */
  tell(kind: string, subject: string, fields: object, sentence: string): void;
  /** Reports how many lines are still held back, and asks for no further wake. */
  close(): void;
}

/** @param clock in milliseconds; it is never set. */
export function createBoundedLog(log: Logger, clock: () => number): BoundedLog {
  const lines = new BoundedLines();
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    timer = undefined;
    const now = clock();
    flush(now);
    if (lines.next !== undefined) timer = setTimeout(wake, Math.max(1, lines.next - now)).unref();
  }

  function flush(now: number): void {
    if (lines.next === undefined || lines.next > now) return;
    for (const more of lines.close(now)) log.info({ event: 'heldBack', ...more }, heldBackText(more));
  }

  return {
    tell(kind, subject, fields, sentence) {
      const now = clock();
      // Windows that are over are reported first, so that a line never counts for two minutes.
      flush(now);
      if (lines.offer({ kind, subject }, now)) log.info(fields, sentence);
      timer ??= setTimeout(wake, Math.max(0, (lines.next ?? now) - now)).unref();
    },
    close() {
      clearTimeout(timer);
      flush(Number.POSITIVE_INFINITY);
    },
  };
}
