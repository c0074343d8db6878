/** Number of characters after which a quoted text is cut off; a message must stay readable whatever it quotes. */
const QUOTE_LIMIT = 80;

/**
 * What must not reach a terminal or a log unescaped: DEL and the C1 controls, line and paragraph separators, the marks
 * that change the direction of text, and the byte order mark. `JSON.stringify` leaves them unescaped.
 */
const INVISIBLE = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** The same, and the C0 controls, including line breaks. */
const UNPRINTABLE = new RegExp(`[\\u0000-\\u001f]|${INVISIBLE.source}`, 'g');

/**
 * A hostile text on one line, with control characters escaped and the excess cut off, for use inside a sentence.
 * @param limit most characters of the text that are kept.
 */
export function escapeText(text: string, limit: number): string {
  const kept = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return kept.replace(UNPRINTABLE, escapeMark);
}

/**
 * A hostile text inside double quotes, on one line, with control characters escaped and the excess cut off.
 * @param limit most characters of the text that are kept.
 */
export function quoteText(text: string, limit: number = QUOTE_LIMIT): string {
  const kept = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return JSON.stringify(kept).replace(INVISIBLE, escapeMark);
}

function escapeMark(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Longer texts are not typing errors, and comparing them would cost the product of the lengths. */
const NEAREST_LIMIT = 64;

/**
 * The candidate most likely meant by a mistyped word: at most one error (a letter wrong, missing, extra, or two
 * swapped) in three letters. Case is ignored.
 * @returns undefined when none is close enough.
 */
export function nearestText(text: string, candidates: Iterable<string>): string | undefined {
  if (text.length > NEAREST_LIMIT) return undefined;
  let best: string | undefined;
  let bestSlips = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    const slips = countSlips(text.toLowerCase(), candidate.toLowerCase());
    if (slips < bestSlips) {
      best = candidate;
      bestSlips = slips;
    }
  }
  return best;
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours that turn a into b.
 */
function countSlips(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let slips = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        slips = Math.min(slips, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(slips);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? a.length;
}
