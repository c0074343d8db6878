import { quoteText } from '../../../model/printable.ts';

/** How the end of a body is told (RFC 9112, section 6.3). */
type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** By the end of the connection. */
  | { readonly kind: 'close' };

/** What a probe needs from an answer before its body. */
export interface ResponseHead {
  /** 0 to 999, as sent by the server. */
  readonly status: number;
  /** The `Location` header; empty if none. */
  readonly location: string;
  readonly framing: Framing;
}

/** A status line. */
export interface StatusLine {
  readonly status: number;
  /** Whether the server speaks HTTP/1.1 or later: only then can it send chunks. */
  readonly chunks: boolean;
}

/**
 * Reads a status line as Go's net/http does (`ReadResponse`): a version, one or more blanks, three characters that are a
 * number; a reason, or none.
 * @throws Error that quotes the line.
 */
export function readStatusLine(line: string): StatusLine {
  const [, major, minor, status] = /^HTTP\/(\d)\.(\d) +([+]?\d{2,3})(?: .*)?$/s.exec(line) ?? [];
  if (status === undefined || status.length !== 3) throw new Error(`no HTTP status line: ${quoteText(line, QUOTED)}`);
  return { status: Number(status), chunks: Number(major) > 1 || (major === '1' && minor !== '0') };
}

/** Values of the relevant header fields, in order. */
export interface Fields {
  readonly 'content-length': string[];
  readonly 'transfer-encoding': string[];
  readonly location: string[];
}

/** Fields of an answer without any. */
export function noFields(): Fields {
  return { 'content-length': [], 'transfer-encoding': [], location: [] };
}

/**
 * Records a header line, with its continuations joined. Go's textproto accepts any name, including one with a blank
 * before the colon, which then is not the field that it resembles; so do we.
 * @throws Error for a line without a colon.
 */
export function readField(fields: Fields, line: string): void {
  const colon = line.indexOf(':');
  if (colon < 0) throw new Error(`a header line without a colon: ${quoteText(line, QUOTED)}`);
  const name = line.slice(0, colon).toLowerCase();
  if (name === 'content-length' || name === 'transfer-encoding' || name === 'location') {
    fields[name].push(line.slice(colon + 1).replace(/^[ \t\r]+|[ \t\r]+$/g, ''));
  }
}

/**
 * Interprets an answer's first line and fields (`readTransfer` in Go's net/http/transfer.go): the same length may occur
 * several times, and chunks take precedence over a length.
 * @throws Error when the end of the body cannot be determined.
 */
export function readHead({ status, chunks }: StatusLine, fields: Fields): ResponseHead {
  const chunked = chunks && isChunked(fields['transfer-encoding']);
  const bytes = contentLength(fields['content-length']);
  return { status, location: fields.location[0] ?? '', framing: framing(status, chunked, bytes) };
}

function framing(status: number, chunked: boolean, bytes: number | undefined): Framing {
  if (status < 200 || status === 204 || status === 304) return { kind: 'none' };
  if (chunked) return { kind: 'chunked' };
  return bytes === undefined ? { kind: 'close' } : { kind: 'length', bytes };
}

function isChunked(values: readonly string[]): boolean {
  const [value, second] = values;
  if (value === undefined) return false;
  if (second !== undefined || value.toLowerCase() !== 'chunked') {
    throw new Error(`a transfer encoding other than chunked: ${quoteText(values.join(', '), QUOTED)}`);
  }
  return true;
}

function contentLength(values: readonly string[]): number | undefined {
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.some((other) => other !== value))
    throw new Error(`several lengths: ${quoteText(values.join(', '), QUOTED)}`);
  // Empty is as good as none: so it was up to Go 1.20.
  if (value === '') return undefined;
  if (!/^\d{1,30}$/.test(value)) throw new Error(`a length that is no number: ${quoteText(value, QUOTED)}`);
  return Number(value);
}

/** Characters of a bad line that a message shows. */
const QUOTED = 40;
