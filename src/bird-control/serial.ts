/**
 * Runs asynchronous tasks one after the other, in the order of the calls. A failure goes to its caller and stops
 * nothing.
 */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all earlier tasks have settled. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
