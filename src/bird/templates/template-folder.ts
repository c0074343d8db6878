import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, FlockError } from '../../errors.ts';
import { hasErrno } from '../../files/errno.ts';
import { readText } from '../../files/read-text.ts';

/** One template file. */
export interface TemplateFile {
  /** Path below its folder, for instance `partials/peer.hbs`. */
  readonly name: string;
  /** Full path, for messages. */
  readonly path: string;
  /** Without byte order mark and carriage returns. */
  readonly text: string;
}

/** The largest packaged template has 2 KiB. A larger file is not a template, and would be read again at every look. */
const MAX_TEMPLATE_BYTES = 256 * 1024;

/** The folder of the partials. */
const PARTIALS = 'partials';

/** Names in one folder. A folder with more is something else, such as `/etc`, set by mistake. */
const MAX_ENTRIES = 1_000;

/**
 * Reads the files of a folder, and of the folders directly in it, whose names end in `.hbs`. Names that begin with a
 * dot are skipped: editors use them for files in progress, and Kubernetes for the versions of a mounted ConfigMap.
 * Links are followed. A folder that does not exist is empty. An unusable entry is refused rather than skipped, since
 * the packaged template would silently be used instead.
 * @throws FlockError `configurationInvalid` when something exists but cannot be read.
 */
export function readTemplateFolder(folder: string): TemplateFile[] {
  const entries = visible(folder);
  const partials = entries.find(({ name }) => name === PARTIALS);
  if (partials !== undefined && !isFolder(join(folder, PARTIALS))) {
    throw unreadable(
      `templates in ${join(folder, PARTIALS)} cannot be read: it is not a folder; make it one, or remove it`,
    );
  }
  const below = entries
    .filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))))
    .flatMap((entry) => visible(join(folder, entry.name)).map((inner) => ({ name: join(entry.name, inner.name) })));
  return [...entries, ...below]
    .filter(({ name }) => name.endsWith('.hbs'))
    .map(({ name }) => readTemplate(folder, name))
    .filter((file) => file !== undefined);
}

/** The names in a folder, sorted. */
function visible(folder: string): Dirent[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw unreadable(`templates in ${folder} cannot be read: ${errorText(error)}`, error);
  }
  const seen = entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (seen.length <= MAX_ENTRIES) return seen;
  throw unreadable(
    `templates in ${folder} cannot be read: it has more than ${MAX_ENTRIES} entries; use the folder only for templates`,
  );
}

/** Whether a path leads to a folder, possibly through links. */
function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false; // A circle of links leads to no folder.
  }
}

/** Undefined for a file that has disappeared since its name was read. */
function readTemplate(folder: string, name: string): TemplateFile | undefined {
  const path = join(folder, name);
  const reading = readText(path, MAX_TEMPLATE_BYTES);
  // BIRD accepts neither a byte order mark, which the decoder has dropped, nor carriage returns; some editors leave
  // both.
  if (reading.kind === 'text') return { name, path, text: reading.text.replaceAll('\r\n', '\n') };
  if (reading.kind === 'missing') {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
    throw unreadable(
      `template ${path} cannot be read: it is a link to a file that does not exist; correct or remove it`,
    );
  }
  throw unreadable(`template ${path} cannot be read: ${reading.message}`);
}

function unreadable(message: string, cause?: unknown): FlockError {
  return new FlockError('configurationInvalid', message, cause === undefined ? {} : { cause });
}
