/** A text at which lines are missing, made when it is known how many. */
export type LossLine = (lost: number) => string;

/**
 * Lines on their way to a reader that may not read: a bounded queue that loses the newest lines when it is full, and has
 * a line that says how many where they are missing. Once it has lost one it takes no more until half of it is free, so
 * that a slow reader sees few gaps and not one behind every line.
 */
export class LineQueue {
  readonly #limit: number;
  readonly #lossLine: LossLine;
  #chunks: Buffer[] = [];
  /** Bytes of the first chunk that are gone already. */
  #offset = 0;
  #bytes = 0;
  #lost = 0;

  /** @param limit in bytes. */
  constructor(limit: number, lossLine: LossLine) {
    this.#limit = limit;
    this.#lossLine = lossLine;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param line with its newline. */
  push(line: string): void {
    const chunk = Buffer.from(line, 'utf8');
    if (this.#lost === 0 && this.#bytes + chunk.length <= this.#limit) {
      this.#append(chunk);
      return;
    }
    this.#lost += 1;
    // A line that is longer than all the room is missing from a queue that is not full.
    this.#closeGap();
  }

  /** The next bytes to write, `most` of them at most; empty when nothing waits. */
  head(most: number): Buffer {
    const found: Buffer[] = [];
    let left = most;
    let offset = this.#offset;
    for (const chunk of this.#chunks) {
      if (left <= 0) break;
      const part = chunk.subarray(offset, offset + left);
      found.push(part);
      left -= part.length;
      offset = 0;
    }
    return found.length === 1 && found[0] !== undefined ? found[0] : Buffer.concat(found);
  }

  /** So many bytes of the head have been written. */
  advance(count: number): void {
    this.#bytes -= count;
    let left = this.#offset + count;
    let done = 0;
    for (const chunk of this.#chunks) {
      if (left < chunk.length) break;
      left -= chunk.length;
      done += 1;
    }
    this.#chunks.splice(0, done);
    this.#offset = left;
    this.#closeGap();
  }

  /** Says how many lines are missing, once there is room for more than that. */
  #closeGap(): void {
    if (this.#lost === 0 || this.#bytes > this.#limit / 2) return;
    const line = this.#lossLine(this.#lost);
    this.#lost = 0;
    this.#append(Buffer.from(line, 'utf8'));
  }

  #append(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }
}
