/**
 * How many times in a row BIRD is asked quickly after it has started: ten seconds, by when a router that is there has
 * answered.
 */
const POLLS_AFTER_COMING = 40;
/**
 * The same after a session came up: the first UPDATEs are out by then, even from a BIRD that has to be woken for it.
 */
const POLLS_AFTER_SESSION = 4;

/** How many quick polls are left: after BIRD has come, and after a session has. */
export class PollPace {
  /** Connections to BIRD so far, and the number of the one over which it answered last. */
  #connections = 0;
  #answered = 0;
  #soon = 0;

  /** BIRD is connected. */
  connected(): void {
    this.#connections += 1;
  }

  /** Whether BIRD has not answered yet over the current connection. */
  get isNewConnection(): boolean {
    return this.#answered !== this.#connections;
  }

  /** BIRD has reported its sessions. @param isUp whether one has come up, or all are established. */
  sessions({ isUp, allEstablished }: { readonly isUp: boolean; readonly allEstablished: boolean }): void {
    this.#soon = this.isNewConnection ? POLLS_AFTER_COMING : Math.max(0, this.#soon - 1);
    if (isUp) this.hurry();
    if (allEstablished) this.#soon = Math.min(this.#soon, POLLS_AFTER_SESSION);
  }

  /** BIRD has answered over the current connection. */
  answered(): void {
    this.#answered = this.#connections;
  }

  /** The next few polls come soon. */
  hurry(): void {
    this.#soon = Math.max(this.#soon, POLLS_AFTER_SESSION);
  }

  /** Whether the next poll comes soon. */
  get isQuick(): boolean {
    return this.#soon > 0;
  }
}
