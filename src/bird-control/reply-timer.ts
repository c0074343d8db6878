/** How long to wait for a reply, in milliseconds. */
export interface ReplyDeadline {
  /** Longest time without a byte. */
  readonly silenceMs: number;
  /** Longest time for the whole reply. */
  readonly totalMs: number;
}

/**
 * Times one reply and calls `late` once, when the deadline has passed.
 *
 * When the timer fires, it first lets the event loop read the sockets: if this process itself was busy or stopped for
 * longer than the deadline, the answer may be unread in the socket, and BIRD is not to blame.
 */
export class ReplyTimer {
  readonly #late: (waitedMs: number) => void;
  readonly #silence: NodeJS.Timeout;
  readonly #total: NodeJS.Timeout;
  #silenceVerdict: NodeJS.Immediate | undefined;
  #totalVerdict: NodeJS.Immediate | undefined;

  constructor(deadline: ReplyDeadline, late: (waitedMs: number) => void) {
    this.#late = late;
    // setImmediate runs after the loop's poll phase, in which the sockets are read.
    this.#silence = setTimeout(() => {
      this.#silenceVerdict = setImmediate(() => this.#expire(deadline.silenceMs));
    }, deadline.silenceMs);
    this.#total = setTimeout(() => {
      this.#totalVerdict = setImmediate(() => this.#expire(deadline.totalMs));
    }, deadline.totalMs);
  }

  /** Bytes have arrived. */
  heard(): void {
    clearImmediate(this.#silenceVerdict);
    this.#silence.refresh();
  }

  /** The reply is complete or abandoned. */
  stop(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#total);
    clearImmediate(this.#silenceVerdict);
    clearImmediate(this.#totalVerdict);
  }

  #expire(waitedMs: number): void {
    this.stop();
    this.#late(waitedMs);
  }
}
