/** How long lines are counted together, in milliseconds. */
const WINDOW_MS = 60_000;
/**
 * Lines of one kind about one thing in that time: a pod that is rolled out, or fails, a few times is logged in full.
 */
const LINES_OF_ONE = 20;
/** Lines of one kind in that time, whatever they are about: a node of some hundred pods may start in full. */
const LINES_OF_KIND = 500;

/** What a line reports, such as one withdrawal of an address. */
interface LineKey {
  /** What has happened, in the plural: `withdrawals`. */
  readonly kind: string;
  /** To what: `192.0.2.53`; empty for anything. */
  readonly subject: string;
}

/** Lines that were held back since the window began. */
interface HeldBack extends LineKey {
  readonly more: number;
}

interface Window extends LineKey {
  readonly begun: number;
  written: number;
  more: number;
}

/**
 * Which lines are written: of one kind about one thing a few in a minute, of one kind in all some more. What is held
 * back is counted, and reported when its minute is over. A machine that is given the time, on a clock in milliseconds
 * that is never set.
 */
export class BoundedLines {
  readonly #windows = new Map<string, Window>();

  /** @returns whether the line is to be written. */
  offer(key: LineKey, now: number): boolean {
    const kind = this.#open({ kind: key.kind, subject: '' }, now);
    const one = this.#windows.get(nameOf(key));
    if (one !== undefined && one.written >= LINES_OF_ONE) {
      one.more += 1;
      return false;
    }
    if (kind.written >= LINES_OF_KIND) {
      kind.more += 1;
      return false;
    }
    this.#open(key, now).written += 1;
    kind.written += 1;
    return true;
  }

  /** Closes the windows that are over, all of them at Infinity. @returns what they have held back. */
  close(now: number): HeldBack[] {
    const over = [...this.#windows].filter(([, { begun }]) => now - begun >= WINDOW_MS);
    for (const [name] of over) this.#windows.delete(name);
    return over.flatMap(([, { kind, subject, more }]) => (more === 0 ? [] : [{ kind, subject, more }]));
  }

  /** When the next window is over; undefined where none is open. */
  get next(): number | undefined {
    const [first] = this.#windows.values();
    return first === undefined ? undefined : first.begun + WINDOW_MS;
  }

  /** Windows are in the order in which they began. */
  #open(key: LineKey, now: number): Window {
    const name = nameOf(key);
    const known = this.#windows.get(name);
    if (known !== undefined) return known;
    const window = { ...key, begun: now, written: 0, more: 0 };
    this.#windows.set(name, window);
    return window;
  }
}

function nameOf({ kind, subject }: LineKey): string {
  return `${kind} of ${subject}`;
}

/** `7 more withdrawals of 192.0.2.53 in the last 60 s`. */
export function heldBackText({ kind, subject, more }: HeldBack): string {
  return `${more} more ${kind}${subject === '' ? '' : ` of ${subject}`} in the last ${WINDOW_MS / 1_000} s`;
}
