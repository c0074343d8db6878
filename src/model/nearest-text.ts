/** Longer texts than this are not typing errors, and comparing them would cost the product of the lengths. */
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
