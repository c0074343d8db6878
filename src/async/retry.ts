import { type Clock, SYSTEM_CLOCK } from './clock.ts';

/** How long to wait before something that has failed is tried again, in milliseconds. */
export interface Pauses {
  /** Before the first retry. */
  readonly firstMs: number;
  /** Each pause is twice the one before, and this at most. Default: all are the same. */
  readonly longestMs?: number;
}

/** The next try of something that has failed. At most one waits. */
export class Retry {
  readonly #pauses: Pauses;
  readonly #clock: Clock;
  #nextMs: number;
  #callOff: (() => void) | undefined;

  constructor(pauses: Pauses, clock: Clock = SYSTEM_CLOCK) {
    this.#pauses = pauses;
    this.#clock = clock;
    this.#nextMs = pauses.firstMs;
  }

  /**
   * Tries after the next pause, instead of a try that waits.
   * @returns the pause in milliseconds.
   */
  later(attempt: () => void): number {
    this.cancel();
    const { firstMs, longestMs = firstMs } = this.#pauses;
    const pause = this.#nextMs;
    this.#nextMs = Math.min(pause * 2, longestMs);
    this.#callOff = this.#clock.after(pause, () => {
      this.#callOff = undefined;
      attempt();
    });
    return pause;
  }

  /** Cancels the waiting try, if there is one. The pauses continue where they were. */
  cancel(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  /** The next pause is the first one again: it has succeeded, or what made it fail may be over. */
  reset(): void {
    this.#nextMs = this.#pauses.firstMs;
  }
}
