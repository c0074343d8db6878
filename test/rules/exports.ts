/** What a file exports and what it takes from others, as far as a regular expression can tell from formatted source. */
export interface FileNames {
  readonly path: string;
  /** Names declared and exported here, re-exports not among them. */
  readonly declared: readonly string[];
  /** Names that are imported or re-exported from each file, by its path. */
  readonly taken: ReadonlyMap<string, readonly string[]>;
  /** The source without comments. */
  readonly source: string;
}

const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) ([A-Za-z_$][\w$]*)/gm;
const LIST = /^(?:import|export)\s+(?:type\s+)?(?:[\w$]+,\s*)?\{([^}]*)\}\s+from\s+['"](\.[^'"]+)['"]/gm;
const NAMESPACE = /^(?:import|export)\s+(?:type\s+)?\*(?:\s+as\s+[\w$]+)?\s+from\s+['"](\.[^'"]+)['"]/gm;
const DYNAMIC = /import\(\s*['"](\.[^'"]+)['"]\s*\)/g;

/** Stands for all names of a file, for imports that do not list them. */
export const ALL = '*';

/**
 * Reads the names of a file.
 * @param path of the file. @param text its source. @param resolve the path that a specifier written in this file leads to.
 */
export function fileNames(path: string, text: string, resolve: (specifier: string) => string): FileNames {
  const source = text.replace(COMMENT, '');
  const taken = new Map<string, string[]>();
  const take = (specifier: string, names: readonly string[]): void => {
    const target = resolve(specifier);
    taken.set(target, [...(taken.get(target) ?? []), ...names]);
  };
  for (const [, list = '', specifier = ''] of source.matchAll(LIST)) {
    const names = list.split(',').map((name) => name.trim().replace(/^type\s+/, ''));
    take(
      specifier,
      names.filter((name) => name !== '').map((name) => name.split(/\s+as\s+/)[0] ?? ''),
    );
  }
  for (const [, specifier = ''] of [...source.matchAll(NAMESPACE), ...source.matchAll(DYNAMIC)]) take(specifier, [ALL]);
  const declared = [...source.matchAll(DECLARATION)].map(([, name = '']) => name);
  return { path, declared, taken, source };
}

/**
 * Exports that no other file of `src/` takes, unless the own file uses them and a test takes them.
 * @param sources the files of `src/`. @param tests files whose imports alone do not count. @param takers files whose imports do.
 * @returns each as `path: name`.
 */
export function unusedExports(
  sources: readonly FileNames[],
  tests: readonly FileNames[],
  takers: readonly FileNames[] = sources,
): string[] {
  const takes = (files: readonly FileNames[], owner: FileNames, name: string): boolean =>
    files.some((file) => {
      const names = file === owner ? undefined : file.taken.get(owner.path);
      return names !== undefined && (names.includes(name) || names.includes(ALL));
    });
  const usedHere = ({ source }: FileNames, name: string): boolean =>
    [...source.matchAll(new RegExp(`(?<![\\w$])${name.replace('$', '\\$')}(?![\\w$])`, 'g'))].length > 1;
  return sources.flatMap((file) =>
    file.declared
      .filter((name) => !takes(takers, file, name) && !(usedHere(file, name) && takes(tests, file, name)))
      .map((name) => `${file.path}: ${name}`),
  );
}
