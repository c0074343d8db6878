import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorText, FlockError } from '../errors.ts';

/** The packaged templates; `src/bird` and `dist/bird` lie equally deep beside them. */
export const PACKAGED_TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));

/** The template that makes `bird.conf`. */
export const MAIN_TEMPLATE = 'bird.conf.hbs';

/** One template file. */
export interface TemplateFile {
  /** Path below its folder, for instance `partials/peer.hbs`. */
  readonly name: string;
  /** Full path, for messages. */
  readonly path: string;
  readonly text: string;
}

/** The templates in force, by name. */
export interface TemplateSet {
  readonly files: ReadonlyMap<string, TemplateFile>;
  /** Names of the files that come from the operator's folder, sorted. */
  readonly overlaid: readonly string[];
  /** Paths in the operator's folder that look like templates but that nothing uses: misspelt or misplaced, sorted. */
  readonly unused: readonly string[];
}

/**
 * Reads the packaged templates and the operator's folder over them: a file there replaces the packaged one of the same
 * relative name, and a new file in `partials/` is a partial more. The folder need not exist.
 * @param overlay the operator's folder, `bird.templates` of the configuration.
 * @throws FlockError `configurationInvalid` when a file or folder is there and cannot be read.
 */
export function loadTemplates(overlay: string | undefined, packaged: string = PACKAGED_TEMPLATES): TemplateSet {
  const files = new Map<string, TemplateFile>();
  for (const file of readFolder(packaged)) files.set(file.name, file);
  const overlaid: string[] = [];
  const unused: string[] = [];
  for (const file of overlay === undefined ? [] : readFolder(overlay)) {
    if (files.has(file.name) || partialName(file.name) !== undefined) {
      files.set(file.name, file);
      overlaid.push(file.name);
    } else {
      unused.push(file.path);
    }
  }
  return { files, overlaid: overlaid.sort(), unused: unused.sort() };
}

/** The name by which templates call a file, `peer` for `partials/peer.hbs`; undefined when it is no partial. */
export function partialName(file: string): string | undefined {
  return /^partials\/([A-Za-z0-9_-]+)\.hbs$/.exec(file)?.[1];
}

/** All files below a folder whose names end in `.hbs`, hidden ones apart (editors keep theirs so). */
function readFolder(folder: string): TemplateFile[] {
  return list(folder)
    .filter((entry) => entry.name.endsWith('.hbs') && !entry.name.startsWith('.') && !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(folder, path), path, text: readTemplate(path) }));
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new FlockError('configurationInvalid', `templates in ${folder} cannot be read: ${errorText(error)}`, {
      cause: error,
    });
  }
}

/** BIRD takes neither a byte order mark nor carriage returns, which some editors leave in what they save. */
function readTemplate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n');
  } catch (error) {
    throw new FlockError('configurationInvalid', `template ${path} cannot be read: ${errorText(error)}`, {
      cause: error,
    });
  }
}
