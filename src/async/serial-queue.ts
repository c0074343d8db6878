/** Runs asynchronous work one after the other, in the order of the calls. A failure is the caller's and stops nothing. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #unsettled = 0;

  /** Whether everything given so far has settled. */
  get isIdle(): boolean {
    return this.#unsettled === 0;
  }

  /** Runs `work` when everything given before has settled. Settles as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#unsettled += 1;
    const result = this.#tail.then(work);
    const settled = (): void => {
      this.#unsettled -= 1;
    };
    this.#tail = result.then(settled, settled);
    return result;
  }
}
