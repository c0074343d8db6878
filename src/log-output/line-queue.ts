/** A line for the place where lines are missing, generated once their number is known. */
export type LossLine = (lost: number) => string;

/**
 * Lines for a reader that may not be reading: a bounded queue that drops the newest lines when it is full, and puts a
 * line in their place that says how many. Once it has dropped one, it accepts no more until half of it is free, so that
 * a slow reader sees few gaps instead of one after every line.
 */
export class LineQueue {
  readonly #limit: number;
  readonly #lossLine: LossLine;
  #chunks: Buffer[] = [];
  /** Bytes of the first chunk that are already written. */
  #offset = 0;
  #bytes = 0;
  #lost = 0;

  /** @param limit in bytes. */
  constructor(limit: number, lossLine: LossLine) {
    this.#limit = limit;
    this.#lossLine = lossLine;
  }

  /** Bytes in the queue. */
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
    // A line longer than the limit is dropped even though the queue is not full.
    this.#closeGap();
  }

  /** The next bytes to write, at most `most`; empty when the queue is. */
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

  /** That many bytes of the head have been written. */
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

  /** Adds the line about missing lines, once there is room for more than that. */
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
