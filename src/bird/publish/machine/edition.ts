import { isDeepStrictEqual } from 'node:util';
import type { TemplateReading } from '../../templates/templates.ts';

/** Templates as they were read from a folder. */
interface TemplatesRead {
  readonly folder: string;
  readonly reading: TemplateReading;
}

/**
 * What the operator edits: the configuration, the templates and the password files. Each edit makes another edition; a
 * text that differs within one is another one because the host is.
 */
export interface Edition {
  readonly number: number;
  /** The configuration as it was read last: another object with each reading. */
  readonly config: object | undefined;
  /** Stamps of the password files. */
  readonly passwords: string;
  /** Undefined before the first reading. */
  readonly templates: TemplatesRead | undefined;
}

export const FIRST_EDITION: Edition = { number: 0, config: undefined, passwords: '', templates: undefined };

/**
 * The edition with this configuration.
 * @param passwords stamps of the password files; undefined where they cannot be read, which says nothing about them.
 */
export function withConfig(edition: Edition, config: object, passwords: string | undefined): Edition {
  const stamps = passwords ?? edition.passwords;
  const isSame = edition.config === config && edition.passwords === stamps;
  return { ...edition, number: edition.number + (isSame ? 0 : 1), config, passwords: stamps };
}

/** The edition with templates that were read again: the same texts are no edit, nor is the first reading. */
export function withTemplates(edition: Edition, templates: TemplatesRead): Edition {
  const isSame = edition.templates === undefined || isDeepStrictEqual(edition.templates, templates);
  return { ...edition, number: edition.number + (isSame ? 0 : 1), templates };
}
