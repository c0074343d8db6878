import { BirdError } from '../types.ts';

/** One line of a reply, without its prefix. */
export interface ReplyLine {
  /** BIRD's reply code (`doc/reply_codes`). */
  readonly code: number;
  readonly text: string;
}

/** A complete reply of BIRD to one command. */
export interface Reply {
  /** Code of the last line. It alone decides whether the command succeeded. */
  readonly code: number;
  /** Text of the last line. */
  readonly text: string;
  /** All lines in order, the last one included. */
  readonly lines: readonly ReplyLine[];
  /** Whether lines were dropped because the reply exceeds the limit in bytes. The last line is always kept. */
  readonly oversized: boolean;
}

/** Receives what the splitter finds, in order. */
interface ReplySink {
  reply(reply: Reply): void;
  /** A line that belongs to no reply: an asynchronous `+` line, or one without a prefix. Without the `+`. */
  note(text: string): void;
}

/**
 * Longest line accepted, in bytes. BIRD's own lines have up to 512 (`CLI_LINE_SIZE`, nest/cli.h) and echoed log
 * messages up to 2,560 (`LOG_BUFFER_SIZE`), so a longer one is not BIRD's.
 */
export const MAX_LINE_BYTES = 8_192;

const NEWLINE = 0x0a;

/**
 * Splits the byte stream of a control socket into replies and notes. The result is the same however the bytes are
 * divided into chunks. It keeps at most one unfinished line and one unfinished reply of `maxReplyBytes`.
 */
export class ReplySplitter {
  readonly #sink: ReplySink;
  readonly #maxReplyBytes: number;
  #unfinished: Buffer = Buffer.alloc(0);
  #lines: ReplyLine[] = [];
  #bytes = 0;
  #oversized = false;
  /** Code that a continuation line continues; only inside a reply. */
  #code: number | undefined;

  constructor(sink: ReplySink, maxReplyBytes: number) {
    this.#sink = sink;
    this.#maxReplyBytes = maxReplyBytes;
  }

  /**
   * Takes the next bytes.
   * @throws BirdError `protocol` for a line of more than MAX_LINE_BYTES; the stream is no longer usable.
   */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#unfinished, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      checkLineLength(end - start);
      // Lenient: BIRD prints file names, and in some errors freed memory, which need not be UTF-8.
      this.#line(bytes.toString('utf8', start, end), end - start);
      start = end + 1;
    }
    this.#unfinished = bytes.subarray(start);
    checkLineLength(this.#unfinished.length);
  }

  #line(line: string, length: number): void {
    const prefix = /^(\d{4})([- ])/.exec(line);
    if (prefix !== null) {
      this.#code = Number(prefix[1]);
      this.#add({ code: this.#code, text: line.slice(5) }, length, prefix[2] === ' ');
    } else if (line.startsWith(' ') && this.#code !== undefined) {
      this.#add({ code: this.#code, text: line.slice(1) }, length, false);
    } else {
      this.#sink.note(line.startsWith('+') ? line.slice(1) : line);
    }
  }

  #add(line: ReplyLine, length: number, last: boolean): void {
    this.#bytes += length;
    if (this.#bytes > this.#maxReplyBytes) this.#oversized = true;
    if (last || !this.#oversized) this.#lines.push(line);
    if (!last) return;
    const reply: Reply = { ...line, lines: this.#lines, oversized: this.#oversized };
    this.#lines = [];
    this.#bytes = 0;
    this.#oversized = false;
    this.#code = undefined;
    this.#sink.reply(reply);
  }
}

function checkLineLength(length: number): void {
  if (length <= MAX_LINE_BYTES) return;
  throw new BirdError(
    'protocol',
    `a line of BIRD's answer has more than ${MAX_LINE_BYTES} bytes: the program that serves this socket is not BIRD`,
  );
}
