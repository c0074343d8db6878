import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, normalize } from 'node:path';
import type { ConfigFiles } from './config-set.ts';

/**
 * The files on disk, with some of them replaced or supplemented by given texts: a configuration that is not written yet
 * can be read as if it were.
 * @param overrides texts by absolute path.
 * @param ours absolute paths of flockd's own files, which count as empty when they do not exist: the running BIRD was
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
 * Undefined for a file that cannot be read, for whatever reason: BIRD refuses to include it in any case. A pipe or a
 * device is not opened, since that could block forever.
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
