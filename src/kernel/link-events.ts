import type { OpenTransport, Transport } from './socket.ts';

/** How long after a failure a new socket is tried, in milliseconds, while there is no socket. */
const RETRY_MS = 1_000;

/**
 * Tells listeners that links may have changed. Several messages of one turn of the event loop become one call. When the
 * kernel drops events it does so while others wait to be read, so that a call always follows the loss; where there was
 * no socket for a while the listeners are called as well. They look for themselves.
 */
export class LinkEvents {
  readonly #open: OpenTransport;
  readonly #listeners = new Set<() => void>();
  #transport: Transport | undefined;
  #pending: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(open: OpenTransport) {
    this.#open = open;
  }

  /**
   * Adds a listener; the first one opens the socket.
   * @returns what removes it again.
   * @throws KernelError when the socket cannot be opened.
   */
  listen(listener: () => void): () => void {
    const own = (): void => listener(); // The same function may be added twice.
    this.#connect();
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#transport?.close();
    this.#transport = undefined;
    clearImmediate(this.#pending);
    clearTimeout(this.#retry);
    this.#pending = undefined;
    this.#retry = undefined;
  }

  #connect(): void {
    this.#transport ??= this.#open({ onDatagram: () => this.#changed(), onFailure: () => this.#reopen() });
  }

  #changed(): void {
    this.#pending ??= setImmediate(() => {
      this.#pending = undefined;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** Listening again comes first, so that no change after the call goes unseen. */
  #reopen(): void {
    this.#transport?.close();
    this.#transport = undefined;
    try {
      this.#connect();
    } catch {
      // No descriptor or no memory at the moment: without events the listeners must look at every retry.
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#reopen(), RETRY_MS);
    }
    this.#changed();
  }
}
