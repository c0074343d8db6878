import { dirname } from 'node:path';
import type { ConfigFiles } from './config-set.ts';
import { expandPattern, isPattern } from './glob.ts';

/**
 * How many files may include each other, the one that BIRD is started with counted: `MAX_INCLUDE_DEPTH` in
 * `conf/cf-lex.l`, the same from 2.0.12 to 3.3. So 7 work below the main file.
 */
export const MAX_INCLUDE_DEPTH = 8;

/**
 * The path or pattern that an include means: beside the file that includes it, by the name under which that file was
 * opened (`cf_include` in `conf/cf-lex.l`).
 * @param from path of the including file.
 * @param written what stands between the quotes.
 */
export function includePath(from: string, written: string): string {
  return written.startsWith('/') ? written : `${dirname(from)}/${written}`;
}

/**
 * The files that an include names, in the order in which BIRD reads them: those that fit a pattern, or the one path, which
 * need not exist.
 * @returns undefined when a folder of a pattern cannot be read, which BIRD refuses.
 */
export function includedPaths(files: ConfigFiles, from: string, written: string): readonly string[] | undefined {
  const path = includePath(from, written);
  // What is written alone makes it a pattern, and then wildcards in the name of the folder count too.
  return isPattern(written) ? expandPattern(files, path) : [path];
}
