/** Time, as the publisher waits by it. Tests put a clock of their own in its place, and sleep nowhere. */
export interface Clock {
  /** The present moment in milliseconds, counted by a clock that never jumps. */
  ms(): number;
  /** Calls back once, after so many milliseconds. @returns what calls that off. */
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
