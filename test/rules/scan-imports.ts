import { posix } from 'node:path';
import {
  CALCULATING,
  COMPOSITION_ROOTS,
  ERROR_CLASSES,
  FOLDER_RULES,
  PACKAGE_RULES,
  ROOM_RULES,
} from './import-rules.ts';

/** One import or re-export of a source file. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Nothing of the statement is left at run time. */
  readonly typeOnly: boolean;
  /** Names taken as values; empty for a namespace, default, dynamic or side-effect import. */
  readonly values: readonly string[];
}

const STATEMENT = /^\s*(import|export)\s+([^;'"]*?\sfrom\s*)?(['"])([^'"]+)\3/gm;
const DYNAMIC = /\bimport\(\s*(['"])([^'"]+)\1\s*\)/g;
const TYPE_QUERY = /(?:typeof\s+|[:<|&=]\s*)import\(\s*(['"])([^'"]+)\1\s*\)/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** The imports of a TypeScript file, formatted as Biome formats it: each statement starts a line. */
export function scanImports(source: string): Import[] {
  const text = source.replace(COMMENT, '');
  const found: Import[] = [];
  for (const [, , clause = '', , specifier = ''] of text.matchAll(STATEMENT)) {
    const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? [];
    const values = names.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '));
    const typeOnly = /^type\s/.test(clause);
    found.push({ specifier, typeOnly, values: typeOnly ? [] : values.map((name) => name.split(/\s/)[0] ?? '') });
  }
  const typeQueries = new Set([...text.matchAll(TYPE_QUERY)].map((match) => match.index + match[0].indexOf('import(')));
  for (const match of text.matchAll(DYNAMIC)) {
    found.push({ specifier: match[2] ?? '', typeOnly: typeQueries.has(match.index), values: [] });
  }
  return found;
}

/** The room of a path below `src/`: its first folder, or the file itself. */
export function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function covers(allowed: readonly string[], target: string): boolean {
  return allowed.includes(target) || allowed.includes(roomOf(target));
}

/**
 * What an import breaks, in a sentence; undefined when it is allowed.
 * @param file path of the importing file below `src/`
 */
export function importViolation(file: string, imported: Import): string | undefined {
  const room = roomOf(file);
  const { specifier } = imported;
  if (specifier.startsWith('node:')) return undefined;
  if (!specifier.startsWith('.')) return packageViolation(file, specifier, imported.typeOnly);
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (target.startsWith('..')) {
    // The version comes from package.json; everything else that runs lies in src/.
    return target === '../package.json' ? undefined : `${file} imports ${specifier}, which is outside of src/`;
  }
  if (COMPOSITION_ROOTS.includes(room)) return undefined;
  if (roomOf(target) === room) return folderViolation(file, target);
  const rule = ROOM_RULES.get(room);
  if (rule === undefined) return `${file} lies in the room ${room}, for which there is no rule`;
  if (covers(rule.values, target)) return undefined;
  const kind = imported.typeOnly ? 'types' : 'values';
  const onlyErrors = imported.values.length > 0 && imported.values.every((name) => ERROR_CLASSES.includes(name));
  if (covers(rule.types, target) && (imported.typeOnly || onlyErrors)) return undefined;
  return `${file} imports ${kind} of ${target}, which ${room} may not`;
}

function packageViolation(file: string, specifier: string, typeOnly: boolean): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const rooms = PACKAGE_RULES.get(name);
  if (rooms === undefined) return `${file} imports the package ${name}, for which there is no rule`;
  return typeOnly || rooms.includes(roomOf(file))
    ? undefined
    : `${file} imports the package ${name}, which only ${rooms.join(', ')} may`;
}

/** The folder of a room that a file lies in, as `room/folder`; undefined for a file that lies directly in the room. */
function folderOf(path: string): string | undefined {
  const [room, folder, file] = path.split('/');
  return file === undefined ? undefined : `${room}/${folder}`;
}

function folderViolation(file: string, target: string): string | undefined {
  const [folder, other] = [folderOf(file), folderOf(target)];
  const allowed = FOLDER_RULES.get(folder ?? '');
  if (allowed === undefined || other === undefined || other === folder || allowed.includes(other)) return undefined;
  return `${file} imports ${target}, which ${folder} may not`;
}

/**
 * What makes a file impure, in sentences: a package, or a part of Node that acts, in it or in what it imports as a value.
 * @param file path below `src/`. @param textOf the text of a file below `src/`.
 */
export function impurities(file: string, textOf: (path: string) => string): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { specifier, typeOnly } of scanImports(textOf(path))) {
      if (typeOnly || CALCULATING.includes(specifier)) continue;
      const there = [...way, path];
      if (!specifier.startsWith('.')) found.push(`${there.join(' imports ')} imports ${specifier}`);
      else visit(posix.normalize(posix.join(posix.dirname(path), specifier)), there);
    }
  };
  visit(file, []);
  return found;
}
