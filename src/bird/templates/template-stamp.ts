import { createHash } from 'node:crypto';
import type { TemplateFile, TemplateSet } from './templates.ts';

/**
 * The line in a copy of a packaged template that says what it was copied from. A Handlebars comment on a separate line,
 * so that it leaves no trace in `bird.conf`.
 */
const STAMP = /^\{\{!-- flockd template: (\S+) ([0-9a-f]{12}) --\}\}[ \t]*$/m;

/** What a copy of a packaged template says about its origin. */
interface TemplateStamp {
  /** Name of the packaged template. */
  readonly name: string;
  /** Hash of its text at that time. */
  readonly hash: string;
}

/** A sentence about templates that does not prevent their use. */
export interface TemplateWarning {
  readonly code: 'templateOutdated' | 'templateUnused';
  readonly message: string;
}

/** The line that a packaged template of this name and text carries. */
export function stampLine({ name, text }: Pick<TemplateFile, 'name' | 'text'>): string {
  return `{{!-- flockd template: ${name} ${templateHash(text)} --}}`;
}

/** What a template says of its origin; undefined for one that an operator has written from nothing. */
export function parseStamp(text: string): TemplateStamp | undefined {
  const found = STAMP.exec(text);
  return found?.[1] === undefined || found[2] === undefined ? undefined : { name: found[1], hash: found[2] };
}

/** The first 48 bits of the SHA-256 of a text without its stamp: two versions of one file never have the same. */
export function templateHash(text: string): string {
  return createHash('sha256').update(withoutStamp(text)).digest('hex').slice(0, 12);
}

/**
 * What an operator should know about working templates: one was made from a packaged template that has changed since,
 * or is not used. Sorted by path. A file without a stamp is considered the operator's own work.
 */
export function templateWarnings(set: TemplateSet): TemplateWarning[] {
  const outdated = set.overlaid.flatMap((name) => {
    const file = set.files.get(name);
    const message = file === undefined ? undefined : outdatedText(file, set.packaged);
    return message === undefined ? [] : [{ code: 'templateOutdated' as const, message }];
  });
  const unused = set.unused.map((path) => ({
    code: 'templateUnused' as const,
    message: `template ${path} is not used: it replaces no packaged template, and new ones belong in partials/, with letters, digits, "_" and "-" in their names`,
  }));
  return [...outdated, ...unused];
}

function outdatedText(file: TemplateFile, packaged: ReadonlyMap<string, TemplateFile>): string | undefined {
  const stamp = parseStamp(file.text);
  if (stamp === undefined) return undefined;
  const origin = packaged.get(stamp.name);
  if (origin === undefined) {
    return `template ${file.path} was made from ${stamp.name}, which flockd no longer has; check whether it is still needed, and remove the line "flockd template: …" from it`;
  }
  if (templateHash(origin.text) === stamp.hash) return undefined;
  return `template ${file.path} was made from another version of ${origin.path}; compare them (diff ${origin.path} ${file.path}), apply what you need, and give it the line ${stampLine(origin)}`;
}

export function withoutStamp(text: string): string {
  return text.replace(new RegExp(`${STAMP.source}\n?`, 'm'), '');
}
