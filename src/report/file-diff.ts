import { FILE_HEADERS_ONLY, formatPatch, type StructuredPatchHunk, structuredPatch } from 'diff';
import { maskSecrets } from '../bird-language/text/secrets.ts';

/** Lines of context around a change, as in diff(1) with `-u`. */
const CONTEXT_LINES = 3;
/**
 * Number of changed lines above which the shortest difference is not searched for: the search costs the square of this
 * number, and blocks the daemon.
 */
const MOST_EDITS = 1_000;

/**
 * The unified difference of two texts of a file, without the passwords in them. The texts are compared unmasked, so
 * that a changed password shows as a change; the lines are shown masked.
 * @param before undefined when there is no file.
 * @returns an empty text when nothing changes.
 */
export function fileDiff(path: string, before: string | undefined, after: string): string {
  if (before === after) return '';
  const [old, next] = [before ?? '', after];
  const from = before === undefined ? '/dev/null' : path;
  const patch = structuredPatch(from, path, old, next, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: MOST_EDITS,
  });
  const masked: Sides = { old: maskSecrets(old).split('\n'), next: maskSecrets(next).split('\n') };
  const hunks = (patch?.hunks ?? [wholeHunk(old, next)]).map((hunk) => maskHunk(hunk, masked));
  const names = { oldFileName: from, newFileName: path, oldHeader: undefined, newHeader: undefined };
  return formatPatch({ ...names, hunks }, FILE_HEADERS_ONLY);
}

/** The lines of both texts. Masking keeps every line break, so line numbers are those of the plain texts. */
interface Sides {
  readonly old: readonly string[];
  readonly next: readonly string[];
}

function maskHunk(hunk: StructuredPatchHunk, masked: Sides): StructuredPatchHunk {
  let [old, next] = [hunk.oldStart - 1, hunk.newStart - 1];
  const lines = hunk.lines.map((line) => {
    const mark = line.charAt(0);
    if (mark === '\\') return line; // `\ No newline at end of file`
    const texts = [mark === '+' ? undefined : masked.old[old++], mark === '-' ? undefined : masked.next[next++]];
    // A line can be masked on one side only, when the word `password` is on the line before it.
    const shown = texts.find((text) => text !== undefined && text !== line.slice(1)) ?? line.slice(1);
    return mark + shown;
  });
  return { ...hunk, lines };
}

/** Every line of one text replaced by every line of the other. */
function wholeHunk(old: string, next: string): StructuredPatchHunk {
  const [removed, added] = [markLines('-', old), markLines('+', next)];
  const count = (lines: readonly string[]): number => lines.filter((line) => !line.startsWith('\\')).length;
  return {
    ...{ oldStart: 1, oldLines: count(removed), newStart: 1, newLines: count(added) },
    lines: [...removed, ...added],
  };
}

function markLines(mark: string, text: string): string[] {
  const lines = text.split('\n').map((line) => mark + line);
  if (lines.at(-1) !== mark) return [...lines, '\\ No newline at end of file'];
  return lines.slice(0, -1);
}
