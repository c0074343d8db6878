import type { ConfigSet } from './config-set.ts';
import { isPattern } from './glob.ts';
import { includedPaths, includePath, MAX_INCLUDE_DEPTH } from './include-paths.ts';
import { type Include, lex } from './lexer.ts';

/** All tokens of a configuration in the order in which BIRD reads them. */
interface ReadConfig {
  readonly tokens: readonly string[];
  /** Why the tokens are incomplete; BIRD refuses such a configuration. */
  readonly fault: string | undefined;
}

/** Limits on what is read, against files that include each other many times over; far above any real configuration. */
const MAX_FILES = 10_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Reads a configuration with all its includes. It never throws. */
export function readConfig({ main, files }: ConfigSet): ReadConfig {
  const tokens: string[] = [];
  let fault: string | undefined;
  let fileCount = 0;
  let characters = 0;

  const readFile = (path: string, depth: number, optional = false): void => {
    if (fault !== undefined) return;
    const text = files.text(path);
    if (text === undefined) {
      if (!optional) fault = `${path} cannot be read`;
      return;
    }
    fileCount += 1;
    characters += text.length;
    if (fileCount > MAX_FILES || characters > MAX_CHARACTERS) {
      fault = `${main} includes more than can be compared`;
      return;
    }
    const include = ({ written }: Include): void => {
      if (fault !== undefined) return;
      if (depth >= MAX_INCLUDE_DEPTH) {
        fault = `${path} includes ${written}, and no more than ${MAX_INCLUDE_DEPTH} files may include each other`;
        return;
      }
      const found = includedPaths(files, path, written);
      if (found === undefined) fault = `${includePath(path, written)} cannot be searched`;
      // Of what matches a pattern, BIRD skips folders, whose text cannot be read.
      for (const one of found ?? []) readFile(one, depth + 1, isPattern(written));
    };
    lex(text, { token: (token) => tokens.push(token), include });
  };

  readFile(main, 1);
  return { tokens, fault };
}
