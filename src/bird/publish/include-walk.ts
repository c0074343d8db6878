import { dirname } from 'node:path';
import { diskFiles } from '../preview/disk-files.ts';
import { expandPattern, isPattern } from '../preview/glob.ts';
import { includeLines } from './include-lines.ts';

/** A file that BIRD reads because another one includes it. */
export interface IncludedFile {
  /** As BIRD names it: a relative path lies in the folder of the including file, as that is named. */
  readonly file: string;
  /** The including file, and the line in it. */
  readonly from: string;
  readonly line: number;
}

/** How deep includes may lie below the main file (`MAX_INCLUDE_DEPTH` in `conf/cf-lex.l`, measured: 7 work). */
const MAX_DEPTH = 7;

/** Far more than a configuration has; a folder that includes itself would have no end. */
const MAX_FILES = 1_000;

/**
 * All files that a main file includes, directly and through others, in the order in which BIRD reads them, with those that
 * do not exist. What cannot be read includes nothing: BIRD will say what is wrong with it.
 * @param main absolute path.
 */
export function includedFiles(main: string): IncludedFile[] {
  const disk = diskFiles();
  const found: IncludedFile[] = [];
  const visit = (from: string, depth: number): void => {
    for (const { line, pattern } of includeLines(disk.text(from) ?? '')) {
      const path = pattern.startsWith('/') ? pattern : `${dirname(from)}/${pattern}`;
      for (const file of isPattern(pattern) ? (expandPattern(disk, path) ?? []) : [path]) {
        if (found.length >= MAX_FILES) return;
        found.push({ file, from, line });
        if (depth < MAX_DEPTH) visit(file, depth + 1);
      }
    }
  };
  visit(main, 1);
  return found;
}
