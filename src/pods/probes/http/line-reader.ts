/** The result of reading some bytes: the offset of the next byte, and the line that they completed. */
interface LineResult {
  readonly next: number;
  /** Without its end; bytes as Latin-1. */
  readonly line: string | undefined;
  /** Whether a carriage return preceded the line feed. */
  readonly crlf: boolean;
}

const LINE_FEED = 0x0a;

/** Splits a stream into lines that end in LF or CR LF, and keeps no more than the beginning of one. */
export class LineReader {
  readonly #limit: number;
  #kept = '';
  #endsInReturn = false;

  /** @param limit characters of a line that are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Reads to the end of a line, or of the bytes. */
  push(bytes: Buffer, from: number): LineResult {
    const at = bytes.indexOf(LINE_FEED, from);
    const end = at < 0 ? bytes.length : at;
    this.#keep(bytes.toString('latin1', from, Math.min(end, from + this.#limit + 1)), end - from);
    if (at < 0) return { next: end, line: undefined, crlf: false };
    const line = this.#kept;
    const crlf = this.#endsInReturn;
    this.#kept = '';
    this.#endsInReturn = false;
    return { next: at + 1, line, crlf };
  }

  /** A carriage return counts only if a line feed follows. */
  #keep(text: string, length: number): void {
    if (length === 0) return;
    const before = this.#endsInReturn ? `${this.#kept}\r` : this.#kept;
    this.#endsInReturn = text.length === length && text.endsWith('\r');
    this.#kept = (before + (this.#endsInReturn ? text.slice(0, -1) : text)).slice(0, this.#limit);
  }
}
