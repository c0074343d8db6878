/** How many wakes are left at a moment, in milliseconds of any clock that does not go back. */
export interface Pace {
  readonly left: number;
  readonly at: number;
}

/** Wakes that may come in one go, and how long it takes until one more may. */
const BURST = 20;
const REFILL_MS = 100;

/** The pace before anything has happened. */
export const FRESH_PACE: Pace = { left: BURST, at: Number.NEGATIVE_INFINITY };

/**
 * Takes one wake. What changes the kernel's state once, or in a burst, is answered at once; what changes it without a
 * pause, ten times per second: another program that removes what flockd makes must not make both spin.
 * @returns the pace after it, and how long to wait for the wake, in milliseconds.
 */
export function takeWake(pace: Pace, now: number): { readonly pace: Pace; readonly waitMs: number } {
  const refilled = Math.min(BURST, pace.left + Math.max(0, now - pace.at) / REFILL_MS);
  const left = refilled - 1;
  return { pace: { left, at: now }, waitMs: left >= 0 ? 0 : Math.ceil(-left * REFILL_MS) };
}
