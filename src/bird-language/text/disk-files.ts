import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, normalize } from 'node:path';
import type { ConfigFiles } from './config-set.ts';

/**
 * The files of the real disk, with texts in the place of some of them, or beside them: a configuration that is not
 * written yet can be read as if it were.
 * @param overrides texts by absolute path.
 * @param ours absolute paths of flockd's own files, which count as empty where they do not exist: a BIRD that runs was
 * started without them, or without the lines that include them.
 */
export function diskFiles(
  overrides: ReadonlyMap<string, string> = new Map(),
  ours: readonly string[] = [],
): ConfigFiles {
  const isMissing = (path: string): boolean => ours.includes(normalize(path)) && !existsSync(path);
  return {
    text: (path) => overrides.get(normalize(path)) ?? readText(path) ?? (isMissing(path) ? '' : undefined),
    names: (folder) => {
      const added = [...overrides.keys()]
        .filter((path) => dirname(path) === normalize(folder))
        .map((path) => basename(path));
      const names = readNames(folder);
      if (names === undefined && added.length === 0) return undefined;
      return [...new Set([...(names ?? []), ...added])];
    },
  };
}

/**
 * Undefined for whatever cannot be read, for whatever reason: BIRD refuses an include of it in any case. A pipe or a
 * device is not opened, which could wait for ever.
 */
function readText(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

function readNames(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
