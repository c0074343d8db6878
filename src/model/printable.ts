/** Characters of a quoted text after which it is cut; a message must stay readable whatever it quotes. */
const QUOTE_LIMIT = 80;

/**
 * What must not reach a terminal, a log line or a message as it is, by Unicode's general categories: control characters
 * (Cc), format characters, among them the byte order mark and those that change the direction of text (Cf), line and
 * paragraph separators (Zl, Zp), and halves of a surrogate pair (Cs).
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The same without the tab and the line feed, for text of several lines. */
const UNPRINTABLE_IN_LINES = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A hostile text on one line: what cannot be printed is written as `\u001b`, or `\u{e0001}` beyond 16 bits. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** A hostile text of several lines: tabs and line feeds stay. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE_IN_LINES, escaped);
}

/**
 * A JSON text that means the same and can be printed; `JSON.stringify` escapes only the C0 controls and lone surrogates.
 * Blanks between values, tabs and line feeds among them, stay.
 */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE_IN_LINES, (mark) => mark.split('').map(fourDigits).join(''));
}

/**
 * A hostile text on one line, escaped, with the rest cut off, for use inside a sentence.
 * @param limit characters of the text that are kept.
 */
export function escapeText(text: string, limit: number): string {
  return printable(cut(text, limit));
}

/**
 * A hostile text inside double quotes, on one line, escaped, with the rest cut off.
 * @param limit characters of the text that are kept.
 */
export function quoteText(text: string, limit: number = QUOTE_LIMIT): string {
  return printable(JSON.stringify(cut(text, limit)));
}

/** Never leaves half of a surrogate pair that was whole. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const splits = /[\ud800-\udbff]/.test(text.charAt(limit - 1)) && /[\udc00-\udfff]/.test(text.charAt(limit));
  return `${text.slice(0, splits ? limit - 1 : limit)}…`;
}

function escaped(mark: string): string {
  const codePoint = mark.codePointAt(0) ?? 0;
  return codePoint > 0xffff ? `\\u{${codePoint.toString(16)}}` : fourDigits(mark);
}

/** One unit of UTF-16 as JSON writes it. */
function fourDigits(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
