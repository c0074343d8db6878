/**
 * How long what was seen of a file must stay the same before it counts, in milliseconds, where it may be half of a
 * change: a file written in place is seen empty and half written, and one that an editor replaces is gone for an
 * instant. Writers are given 100 ms; the rest is for those that a loaded machine delays.
 */
export const SETTLE_MS = 250;

/** The same for configuration and templates, for which somebody waits, and which are judged before they count. */
export const CONFIGURATION_SETTLE_MS = 150;

/** After this many milliseconds what changes again and again counts all the same. */
export const LONGEST_SETTLE_MS = 2_000;

/**
 * What was seen of something that may be changing, told apart by a text. Times are those of a clock that is never set,
 * in milliseconds, and count from the first sight: the clock that a file's own times come from may be another one.
 */
export interface Sight {
  readonly what: string;
  /** When this was seen first. */
  readonly since: number;
  /** When anything else than what counts was seen first. */
  readonly begun: number;
}

/** The sight after one more look: one that differs from the last begins again, but not the whole change. */
export function nextSight(previous: Sight | undefined, what: string, now: number): Sight {
  if (previous?.what === what) return previous;
  return { what, since: now, begun: previous?.begun ?? now };
}

/** When a sight counts, if nothing else is seen until then. */
export function settlesAt({ since, begun }: Sight): number {
  return Math.min(since + SETTLE_MS, Math.max(begun + LONGEST_SETTLE_MS, since));
}
