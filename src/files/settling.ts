/**
 * How many milliseconds a file must stay the same before a reading that may be half of a change counts: a file written
 * in place is seen empty and half written, and one that an editor replaces is gone for an instant. Writers are given
 * 100 ms; the rest allows for delays on a loaded machine.
 */
export const SETTLE_MS = 250;

/** The same for configuration and templates, for which an operator waits, and which are validated before they count. */
export const CONFIGURATION_SETTLE_MS = 150;

/** After this many milliseconds even a file that keeps changing counts. */
export const LONGEST_SETTLE_MS = 2_000;

/**
 * An observation of something that may be changing, identified by a text. Times are milliseconds of a monotonic clock,
 * and count from the first sight: a file's own times may come from another clock.
 */
export interface Sight {
  readonly what: string;
  /** When this was first seen. */
  readonly since: number;
  /** When something other than what counts was first seen. */
  readonly begun: number;
}

/** The sight after another check: a different one restarts its own time, but not that of the whole change. */
export function nextSight(previous: Sight | undefined, what: string, now: number): Sight {
  if (previous?.what === what) return previous;
  return { what, since: now, begun: previous?.begun ?? now };
}

/** When a sight counts, unless something else is seen before. */
export function settlesAt({ since, begun }: Sight): number {
  return Math.min(since + SETTLE_MS, Math.max(begun + LONGEST_SETTLE_MS, since));
}
