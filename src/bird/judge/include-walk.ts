import type { ConfigSet } from '../../bird-language/text/config-set.ts';
import { includedPaths, MAX_INCLUDE_DEPTH } from '../../bird-language/text/include-paths.ts';
import { includesOf } from '../../bird-language/text/lexer.ts';

/** A file that BIRD reads because another one includes it. */
export interface IncludedFile {
  /** As BIRD names it: a relative path is in the folder of the including file, as that is named. */
  readonly file: string;
  /** The including file, and the line in it. */
  readonly from: string;
  readonly line: number;
}

/** Far more than a configuration has; a folder that includes itself would never end. */
const MAX_FILES = 1_000;

/**
 * All files that a main file includes, directly and through others, in the order in which BIRD reads them, with those that
 * do not exist. What cannot be read includes nothing: BIRD will say what is wrong with it, and the files after it are
 * found nevertheless.
 */
export function includedFiles({ main, files }: ConfigSet): IncludedFile[] {
  const found: IncludedFile[] = [];
  const visit = (from: string, depth: number): void => {
    if (depth >= MAX_INCLUDE_DEPTH) return;
    for (const { line, written } of includesOf(files.text(from) ?? '')) {
      for (const file of includedPaths(files, from, written) ?? []) {
        if (found.length >= MAX_FILES) return;
        found.push({ file, from, line });
        visit(file, depth + 1);
      }
    }
  };
  visit(main, 1);
  return found;
}
