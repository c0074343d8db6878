import { FILE_HEADERS_ONLY, formatPatch, type StructuredPatchHunk, structuredPatch } from 'diff';
import { maskSecrets } from '../bird-language/text/secrets.ts';

/** Lines around a change, as diff(1) has them with `-u`. */
const CONTEXT_LINES = 3;
/**
 * Changed lines above which the shortest difference is not looked for: the search costs the square of this number, and
 * the daemon does nothing else meanwhile.
 */
const MOST_EDITS = 1_000;

/**
 * The unified difference of two texts of a file, without the passwords in them. The texts are compared as they are, so
 * that a changed password shows as a change; what is shown are the masked lines.
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

/** The lines of both texts. Masking keeps every line break, so the numbers of the lines are those of the plain texts. */
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
    // The same line can be masked on one side alone, where the word `password` stands on the line before it.
    const shown = texts.find((text) => text !== undefined && text !== line.slice(1)) ?? line.slice(1);
    return mark + shown;
  });
  return { ...hunk, lines };
}

/** Every line of the one text in the place of every line of the other. */
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
