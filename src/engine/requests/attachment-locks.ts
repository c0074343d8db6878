/**
 * One request at a time for each attachment, in the order in which they came; different attachments do not wait for
 * each other. A runtime whose ADD has timed out may send DEL while ADD still runs, and the two must not mix.
 */
export class AttachmentLocks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Whether something given for this id has not ended yet. */
  isBusy(id: string): boolean {
    return this.#tails.has(id);
  }

  /** Runs `work` once everything given earlier for this id has ended, well or not. Settles as `work` does. */
  async run<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(id) ?? Promise.resolve();
    const result = before.then(work, work);
    this.#tails.set(id, result);
    try {
      return await result;
    } finally {
      if (this.#tails.get(id) === result) this.#tails.delete(id);
    }
  }
}
