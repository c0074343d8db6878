import { ChunkedBody } from './http-chunks.ts';
import {
  type Fields,
  noFields,
  type ResponseHead,
  readField,
  readHead,
  readStatusLine,
  type StatusLine,
} from './http-head.ts';
import { LineReader } from './line-reader.ts';

/** How much of an answer's body is read. */
export interface BodyPlan {
  /** Number of bytes after which the rest does not matter. */
  readonly limit: number;
  /** Whether an answer that breaks off before that counts as complete. */
  readonly mayBreakOff: boolean;
}

/** The outcome of reading an answer. */
export type ReadOutcome =
  | { readonly ok: true; readonly head: ResponseHead }
  | { readonly ok: false; readonly message: string };

/** Bytes of all heads of one answer together (`MaxResponseHeaderBytes` of Go's net/http: 10 MB by default). */
const MAX_HEAD_BYTES = 10 << 20;
/** Characters of a header line that are kept; the rest is read and discarded. */
const MAX_LINE = 16_384;

/**
 * Reads one answer from what a server sends, accepting what Go's net/http accepts: bare line feeds, long and odd
 * headers, interim answers before the real one. It stops at the end of the answer, so what follows cannot invalidate
 * it. Memory is bounded by two lines, whatever arrives.
 */
export class ResponseReader {
  readonly #planFor: (head: ResponseHead) => BodyPlan;
  readonly #lines = new LineReader(MAX_LINE);
  #headBytes = 0;
  #status: StatusLine | undefined;
  #fields: Fields = noFields();
  /** A header line that the next one may continue. */
  #field = '';
  #body: Body | undefined;
  #outcome: ReadOutcome | undefined;

  /** @param planFor is called once, when the head has been read. */
  constructor(planFor: (head: ResponseHead) => BodyPlan) {
    this.#planFor = planFor;
  }

  /** Processes what has arrived. @returns the outcome, as soon as it is certain. */
  push(bytes: Buffer): ReadOutcome | undefined {
    try {
      for (let at = 0; at < bytes.length && this.#outcome === undefined; ) {
        at = this.#body === undefined ? this.#pushHead(bytes, at) : this.#pushBody(this.#body, bytes, at);
      }
    } catch (error) {
      this.#outcome = { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
    return this.#outcome;
  }

  /** The connection has ended. @param reason how, for the message. */
  end(reason: string): ReadOutcome {
    this.#outcome ??= this.#atEnd(reason);
    return this.#outcome;
  }

  #pushHead(bytes: Buffer, from: number): number {
    const { next, line } = this.#lines.push(bytes, from);
    this.#headBytes += next - from;
    if (this.#headBytes > MAX_HEAD_BYTES) throw new Error(`a head of more than ${MAX_HEAD_BYTES} bytes`);
    if (line !== undefined) this.#headLine(line);
    return next;
  }

  #headLine(line: string): void {
    if (this.#status === undefined) {
      this.#status = readStatusLine(line);
    } else if (/^[ \t]/.test(line)) {
      if (!this.#field.includes(':')) throw new Error('a header continuation line without a header');
      // RFC 9112, section 5.2; what exceeds a line is ignored.
      this.#field = `${this.#field} ${line.trim()}`.slice(0, MAX_LINE);
    } else {
      if (this.#field !== '') readField(this.#fields, this.#field);
      this.#field = line;
      if (line === '') this.#headEnds(this.#status);
    }
  }

  #headEnds(line: StatusLine): void {
    const head = readHead(line, this.#fields);
    this.#status = undefined;
    this.#fields = noFields();
    // Interim answers; 101 is the last one.
    if (head.status >= 100 && head.status < 200 && head.status !== 101) return;
    const plan = this.#planFor(head);
    const done = head.framing.kind === 'none' || plan.limit === 0 || isEmpty(head);
    if (done) this.#outcome = { ok: true, head };
    else this.#body = { head, plan, left: plan.limit, chunks: new ChunkedBody() };
  }

  #pushBody(body: Body, bytes: Buffer, from: number): number {
    const { head, chunks } = body;
    if (head.framing.kind === 'chunked') {
      const { next, data, ended } = chunks.push(bytes, from);
      body.left -= data;
      if (ended || body.left <= 0) this.#outcome = { ok: true, head };
      return next;
    }
    body.left -= bytes.length - from;
    const read = body.plan.limit - body.left;
    const whole = head.framing.kind === 'length' && read >= head.framing.bytes;
    if (whole || body.left <= 0) this.#outcome = { ok: true, head };
    return bytes.length;
  }

  #atEnd(reason: string): ReadOutcome {
    const body = this.#body;
    if (body === undefined) {
      const begun = this.#headBytes > 0;
      return { ok: false, message: begun ? `the answer broke off: ${reason}` : `no answer: ${reason}` };
    }
    if (body.plan.mayBreakOff || (body.head.framing.kind === 'close' && reason === ENDED)) {
      return { ok: true, head: body.head };
    }
    return { ok: false, message: `the answer broke off: ${reason}` };
  }
}

/** The reason when the server closed the connection on purpose. */
export const ENDED = 'the connection was closed';

interface Body {
  readonly head: ResponseHead;
  readonly plan: BodyPlan;
  /** Bytes of the plan that have not arrived yet. */
  left: number;
  readonly chunks: ChunkedBody;
}

function isEmpty({ framing }: ResponseHead): boolean {
  return framing.kind === 'length' && framing.bytes === 0;
}
