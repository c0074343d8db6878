import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '../..');

/** A text file of the repository. */
export interface SourceFile {
  /** Path relative to the folder that was asked for, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The files below a folder of the repository whose name ends in one of the endings, sorted by path. */
export function sourceFiles(folder: string, endings: readonly string[]): SourceFile[] {
  const top = join(ROOT, folder);
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(top, path), text: readFileSync(path, 'utf8') }));
}
