import { fileURLToPath } from 'node:url';
import type { BirdMode } from '../../config/types.ts';
import { asFlockError, type FlockError } from '../../errors.ts';
import { readTemplateFolder, type TemplateFile } from './template-folder.ts';

export type { TemplateFile } from './template-folder.ts';

/** The packaged templates; `src/bird` and `dist/bird` have the same relative path to them. */
export const PACKAGED_TEMPLATES = fileURLToPath(new URL('../../../templates', import.meta.url));

/** The template of the rendered file: `bird.conf`, or the `flock.conf` that an operator's file includes. */
export const MAIN_TEMPLATES: Readonly<Record<BirdMode, string>> = { own: 'bird.conf.hbs', include: 'flock.conf.hbs' };

/** The templates in force, by name. */
export interface TemplateSet {
  readonly files: ReadonlyMap<string, TemplateFile>;
  /** The packaged ones, replaced or not. */
  readonly packaged: ReadonlyMap<string, TemplateFile>;
  /** Names of the files that come from the operator's folder, sorted. */
  readonly overlaid: readonly string[];
  /** Paths in the operator's folder that look like templates but that nothing uses: misspelt or misplaced, sorted. */
  readonly unused: readonly string[];
}

/** The result of reading the templates. */
export type TemplateReading = { readonly set: TemplateSet } | { readonly error: FlockError };

/**
 * Reads the packaged templates, overlaid with the operator's folder: a file there replaces the packaged one with the
 * same relative name, and a new file in `partials/` is an additional partial. The folder need not exist.
 * @param overlay the operator's folder, `bird.templates` of the configuration.
 * @throws FlockError `configurationInvalid` when a file or folder exists but cannot be read.
 */
export function loadTemplates(overlay: string | undefined, packagedFolder: string = PACKAGED_TEMPLATES): TemplateSet {
  const packaged = new Map(readTemplateFolder(packagedFolder).map((file) => [file.name, file]));
  const files = new Map(packaged);
  const overlaid: string[] = [];
  const unused: string[] = [];
  for (const file of overlay === undefined ? [] : readTemplateFolder(overlay)) {
    if (files.has(file.name) || partialName(file.name) !== undefined) {
      files.set(file.name, file);
      overlaid.push(file.name);
    } else {
      unused.push(file.path);
    }
  }
  return { files, packaged, overlaid: overlaid.sort(), unused: unused.sort() };
}

/** Like `loadTemplates`, with the error as a value. */
export function readTemplates(overlay: string | undefined, packaged?: string): TemplateReading {
  try {
    return { set: loadTemplates(overlay, packaged) };
  } catch (error) {
    return { error: asFlockError(error) };
  }
}

/** The name by which templates call a file, `peer` for `partials/peer.hbs`; undefined when it is not a partial. */
export function partialName(file: string): string | undefined {
  return /^partials\/([A-Za-z0-9_-]+)\.hbs$/.exec(file)?.[1];
}
