/** Runs asynchronous work one after the other, in the order of the calls. A failure is the caller's and stops nothing. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything given before has settled. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
