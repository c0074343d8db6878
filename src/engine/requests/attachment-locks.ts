import { SerialQueue } from '../../async/serial-queue.ts';

/**
 * One request at a time for each attachment, in the order in which they came; different attachments do not wait for
 * each other. A runtime whose ADD has timed out may send DEL while ADD still runs, and the two must not mix.
 */
export class AttachmentLocks {
  readonly #queues = new Map<string, SerialQueue>();

  /** Whether something given for this id has not ended yet. */
  isBusy(id: string): boolean {
    return this.#queues.has(id);
  }

  /** Runs `work` once everything given earlier for this id has ended, well or not. Settles as `work` does. */
  async run<T>(id: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(id) ?? new SerialQueue();
    this.#queues.set(id, queue);
    try {
      return await queue.run(work);
    } finally {
      if (queue.isIdle) this.#queues.delete(id);
    }
  }
}
