/** Time, as the publisher waits by it. Tests use a clock of their own instead, and never sleep. */
export interface Clock {
  /** The present moment in milliseconds, counted by a clock that never jumps. */
  ms(): number;
  /** Calls back once, after so many milliseconds. @returns a function that cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The time of this machine. It keeps no process alive. */
export const SYSTEM_CLOCK: Clock = {
  ms: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};
