import { errorText, FlockError } from '../../errors.ts';
import { suggestion } from './closest.ts';
import type { TemplateFile } from './templates.ts';

/**
 * What is wrong in a template, for the operator who edits it.
 * @param line counted from 1; undefined where it cannot be told.
 */
export function templateFault(file: TemplateFile, line: number | undefined, what: string, cause?: unknown): FlockError {
  const place = line === undefined ? file.path : `${file.path}, line ${line}`;
  const options = cause === undefined ? {} : { cause };
  return new FlockError('configurationInvalid', `template ${place}: ${what}`, options);
}

/**
 * An error that Handlebars throws while it reads or runs a template, as ours.
 * @param known the names that a template may use, for the suggestion.
 */
export function handlebarsFault(file: TemplateFile, error: unknown, known: Iterable<string>): FlockError {
  // A partial inside this template has failed and said where.
  if (error instanceof FlockError) return error;
  if (error instanceof RangeError) return templateFault(file, undefined, 'it includes itself without end', error);
  const text = errorText(error);
  const missing = /^"(.*)" not defined in /s.exec(text)?.[1];
  if (missing !== undefined) {
    return templateFault(file, lineOf(error), `there is no value "${missing}"${suggestion(missing, known)}`, error);
  }
  // The message of JavaScript goes on with the value, which may be a password.
  const inside = /^Cannot use 'in' operator to search for '(.*?)' in /s.exec(text)?.[1];
  if (inside !== undefined)
    return templateFault(file, onlyLineWith(file, inside), `there is no value "${inside}" in what stands before it`);
  // "Parse error on line 3:", the text around it, a line that points into it, and what was expected there.
  const parse = /^Parse error on line (\d+):\n.*\n(.*)$/s.exec(text);
  if (parse !== null) return templateFault(file, Number(parse[1]), `cannot be read: ${parse[2]}`, error);
  return templateFault(file, lineOf(error), text.replace(/ - \d+:\d+$/, ''), error);
}

/** The line that uses a name behind another one, if it is the only one; JavaScript does not tell. */
function onlyLineWith({ text }: TemplateFile, name: string): number | undefined {
  const uses = ['.', '/', '.['].map((mark) => `${mark}${name}`);
  const lines = text.split('\n').flatMap((line, index) => (uses.some((use) => line.includes(use)) ? [index + 1] : []));
  return lines.length === 1 ? lines[0] : undefined;
}

/** The line that Handlebars attaches to its exceptions. */
function lineOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('lineNumber' in error)) return undefined;
  return typeof error.lineNumber === 'number' ? error.lineNumber : undefined;
}
