import { dirname } from 'node:path';
import type { ConfigFiles } from './config-set.ts';
import { expandPattern, isPattern } from './glob.ts';

/**
 * How deeply files may include each other, including the one that BIRD is started with: `MAX_INCLUDE_DEPTH` in
 * `conf/cf-lex.l`, the same from 2.0.12 to 3.3. So 7 levels work below the main file.
 */
export const MAX_INCLUDE_DEPTH = 8;

/**
 * The path or pattern that an include denotes: relative to the file that includes it, by the name under which that file
 * was opened (`cf_include` in `conf/cf-lex.l`).
 * @param from path of the including file.
 * @param written the text between the quotes.
 */
export function includePath(from: string, written: string): string {
  return written.startsWith('/') ? written : `${dirname(from)}/${written}`;
}

/**
 * The files that an include names, in the order in which BIRD reads them: those that match a pattern, or the one path,
 * which need not exist.
 * @returns undefined when a folder of a pattern cannot be read, which BIRD refuses.
 */
export function includedPaths(files: ConfigFiles, from: string, written: string): readonly string[] | undefined {
  const path = includePath(from, written);
  // Only the written text makes it a pattern, but then wildcards in the folder's name count too.
  return isPattern(written) ? expandPattern(files, path) : [path];
}
