import { parseAddress } from '../../model/address.ts';

/** One `include` of a text in BIRD's language. */
export interface Include {
  /** The text between the quotes: a path, or a pattern of `glob(3)`. */
  readonly written: string;
  /** Its offset in the text. */
  readonly at: number;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * What the lexer reports about a text. A token is its own canonical text, so equal tokens are equal strings: numbers
 * are decimal, addresses canonical, a 'quoted' symbol is its name, and a string begins with `"` and has no closing
 * quote.
 */
interface TokenSink {
  readonly token: (text: string) => void;
  readonly include: (include: Include) => void;
}

const BLANKS = /[ \t\r\f\v]+/y;
const LINE_ENDS = /\n+/y;
const REST_OF_LINE = /#[^\n]*/y;
const COMMENT = /\/\*/y;
/** A line that begins with `include "` includes a file; the closing quote and the semicolon are on the same line. */
const INCLUDE = /(include[ \t]*")([^"\n]+)"[ \t]*;/y;
/** Strings have no escapes, and end at the end of the line at the latest. */
const STRING = /"([^"\n]*)"?/y;
const QUOTED_SYMBOL = /'([^'\n]*)'?/y;
/** A possible IPv6 address: it is one when it has `::` or three colons. */
const HEX_AND_COLONS = /[0-9A-Fa-f:]+/y;
const IPV4_TAIL = /(?:\.\d+){3}/y;
const IPV4 = /\d+\.\d+\.\d+\.\d+/y;
const HEX_NUMBER = /0x([0-9A-Fa-f]+)/y;
const NUMBER = /\d+/y;
const WORD = /[A-Za-z_][A-Za-z_0-9]*/y;
const OPERATOR = /\.\.|!=|!~|<=|>=|&&|\|\||\[=|=\]|->|\+\+|./sy;

/** A position that advances through a text. */
class Cursor {
  readonly text: string;
  at = 0;
  /** How far line ends have been counted, and their number. */
  #counted = 0;
  #line = 1;

  constructor(text: string) {
    this.text = text;
  }

  /** Moves past what the sticky pattern matches here. */
  match(pattern: RegExp): RegExpExecArray | null {
    const found = this.peek(pattern);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  peek(pattern: RegExp, ahead = 0): RegExpExecArray | null {
    pattern.lastIndex = this.at + ahead;
    return pattern.exec(this.text);
  }

  /** The line of this place, counted from 1. */
  line(): number {
    for (; this.#counted < this.at; this.#counted += 1) {
      if (this.text[this.#counted] === '\n') this.#line += 1;
    }
    return this.#line;
  }

  /** Moves past the next mark, or to the end when there is none. */
  skipBehind(mark: string, ahead: number): void {
    const found = this.text.indexOf(mark, this.at + ahead);
    this.at = found === -1 ? this.text.length : found + mark.length;
  }
}

/**
 * Splits a text of BIRD's configuration language into tokens (`conf/cf-lex.l`). It takes any text: what BIRD would
 * refuse becomes tokens of some kind. The time is linear in the length.
 */
export function lex(text: string, sink: TokenSink): void {
  const cursor = new Cursor(text);
  /** There are only blanks before the cursor on its line. */
  let lineBegins = true;
  while (cursor.at < text.length) {
    if (cursor.match(BLANKS) !== null) continue;
    if (cursor.match(LINE_ENDS) !== null) {
      lineBegins = true;
      continue;
    }
    const include = lineBegins ? cursor.match(INCLUDE) : null;
    lineBegins = false;
    if (include !== null) {
      const [, before = '', written = ''] = include;
      sink.include({ written, at: include.index + before.length, line: cursor.line() });
    } else if (cursor.match(REST_OF_LINE) !== null) {
      // The line break is left, so that the next line can begin.
    } else if (cursor.peek(COMMENT) !== null) {
      cursor.skipBehind('*/', 2);
    } else {
      sink.token(nextToken(cursor));
    }
  }
}

/** The includes of a text, where BIRD would find them: at the beginning of a line, outside comments. */
export function includesOf(text: string): Include[] {
  const found: Include[] = [];
  lex(text, { token: () => {}, include: (include) => found.push(include) });
  return found;
}

function nextToken(cursor: Cursor): string {
  const string = cursor.match(STRING);
  if (string !== null) return `"${string[1]}`;
  const symbol = cursor.match(QUOTED_SYMBOL);
  if (symbol !== null) return symbol[1] ?? '';
  const address = ipv6(cursor);
  if (address !== undefined) return parseAddress(address) ?? address.toLowerCase();
  const ipv4 = cursor.match(IPV4);
  if (ipv4 !== null) return ipv4[0].split('.').map(decimal).join('.');
  const hex = cursor.match(HEX_NUMBER);
  // A number has 32 bits; longer ones are refused, and any text represents them.
  if (hex !== null) return (hex[1] ?? '').length > 12 ? hex[0] : String(Number(hex[0]));
  const number = cursor.match(NUMBER);
  if (number !== null) return decimal(number[0]);
  return (cursor.match(WORD) ?? cursor.match(OPERATOR))?.[0] ?? '';
}

/** Moves past an IPv6 address, if there is one here. */
function ipv6(cursor: Cursor): string | undefined {
  const run = cursor.peek(HEX_AND_COLONS)?.[0] ?? '';
  if (!run.includes('::') && run.split(':', 4).length < 4) return undefined;
  const address = run + (cursor.peek(IPV4_TAIL, run.length)?.[0] ?? '');
  cursor.at += address.length;
  return address;
}

/** A number without leading zeros. */
function decimal(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}
