import { LineReader } from './line-reader.ts';

/** The result of reading some bytes. */
interface ChunkResult {
  /** Offset of the next byte. */
  readonly next: number;
  /** Number of body bytes among them. */
  readonly data: number;
  /** Whether the body has ended with them. */
  readonly ended: boolean;
}

/** Characters of a chunk's first line and of a trailer (`maxLineLength` in Go's net/http/internal/chunked.go). */
const MAX_LINE = 4_096;
/** Lines after the last chunk. */
const MAX_TRAILERS = 100;

/** Decodes a chunked body (RFC 9112, section 7.1), and counts its bytes. */
export class ChunkedBody {
  readonly #lines = new LineReader(MAX_LINE + 1);
  #expects: 'size' | 'data' | 'end' | 'trailer' = 'size';
  /** Bytes of the chunk that have not arrived yet. */
  #left = 0;
  #trailers = 0;

  /**
   * Reads on, one step.
   * @throws Error when these are not chunks.
   */
  push(bytes: Buffer, from: number): ChunkResult {
    if (this.#expects === 'data') {
      const data = Math.min(this.#left, bytes.length - from);
      this.#left -= data;
      if (this.#left === 0) this.#expects = 'end';
      return { next: from + data, data, ended: false };
    }
    const { next, line, crlf } = this.#lines.push(bytes, from);
    return { next, data: 0, ended: line !== undefined && this.#line(line, crlf) };
  }

  /** Only a size line may end in a bare line feed. @returns whether it was the last line. */
  #line(line: string, crlf: boolean): boolean {
    if (line.length > MAX_LINE) throw new Error(`a chunk begins with a line of more than ${MAX_LINE} characters`);
    if (this.#expects === 'end') {
      if (line !== '' || !crlf) throw new Error('a chunk does not end where its size says');
      this.#expects = 'size';
    } else if (this.#expects === 'size') {
      this.#left = chunkSize(line);
      this.#expects = this.#left === 0 ? 'trailer' : 'data';
    } else {
      if (line === '' && crlf) return true;
      this.#trailers += 1;
      if (!line.includes(':')) throw new Error('a line without a colon after the last chunk');
      if (this.#trailers > MAX_TRAILERS) throw new Error(`more than ${MAX_TRAILERS} lines after the last chunk`);
    }
    return false;
  }
}

/** A hexadecimal number; extensions after a semicolon are ignored. */
function chunkSize(line: string): number {
  const [, digits] = /^([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?$/s.exec(line.trimEnd()) ?? [];
  if (digits === undefined) throw new Error('a chunk does not begin with its size');
  return Number.parseInt(digits, 16);
}
