import { errorText, FlockError } from '../../errors.ts';
import { nearestText } from '../../model/nearest-text.ts';
import { printable } from '../../model/printable.ts';
import type { PartialCall } from './partial-circle.ts';
import type { TemplateFile } from './templates.ts';

/**
 * An error in a template, for the operator who edits it.
 * @param line counted from 1; undefined when unknown.
 */
export function templateFault(file: TemplateFile, line: number | undefined, what: string, cause?: unknown): FlockError {
  const place = line === undefined ? file.path : `${file.path}, line ${line}`;
  const options = cause === undefined ? {} : { cause };
  return new FlockError('configurationInvalid', printable(`template ${place}: ${what}`), options);
}

/** `; did you mean "…"?`, or nothing. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const candidate = nearestText(name, [...candidates].sort());
  return candidate === undefined ? '' : `; did you mean "${candidate}"?`;
}

/** The error for partials that include each other without end, at the first of the calls. */
export function circleFault(calls: readonly [PartialCall, ...PartialCall[]], cause: unknown): FlockError {
  const [{ file, line, partial }, ...others] = calls;
  const way = others.length === 0 ? '' : `: ${[partial, ...others.map((call) => call.partial), partial].join(' → ')}`;
  return templateFault(file, line, `{{> ${partial}}} includes itself without end${way}`, cause);
}

/**
 * An error that Handlebars throws while reading or running a template, as a FlockError.
 * @param known the names that a template may use, each with the places where it exists, for the remedy.
 */
export function handlebarsFault(
  file: TemplateFile,
  error: unknown,
  known: ReadonlyMap<string, ReadonlySet<string>>,
): FlockError {
  // A partial inside this template has failed and said where.
  if (error instanceof FlockError) return error;
  // The longest text that JavaScript can hold (V8's String::kMaxLength) is half a gigabyte.
  if (error instanceof RangeError)
    return templateFault(file, undefined, 'produces more text than fits in memory', error);
  const text = errorText(error);
  const missing = /^"(.*)" not defined in /s.exec(text)?.[1];
  if (missing !== undefined) {
    const places = known.get(missing);
    const remedy =
      places === undefined ? suggestion(missing, known.keys()) : ` here, only ${[...places].join(' and ')}`;
    return templateFault(file, lineOf(error), `there is no value "${missing}"${remedy}`, error);
  }
  // JavaScript's message continues with the value, which may be a password.
  const inside = /^Cannot use 'in' operator to search for '(.*?)' in /s.exec(text)?.[1];
  if (inside !== undefined)
    return templateFault(file, onlyLineWith(file, inside), `there is no value "${inside}" in what precedes it`);
  // "Parse error on line 3:", the text around it, a line that points at it, and what was expected there.
  const parse = /^Parse error on line (\d+):\n.*\n(.*)$/s.exec(text);
  if (parse !== null)
    return templateFault(file, Number(parse[1]), `cannot be read: ${parseRule(parse[2] ?? '')}`, error);
  return templateFault(file, lineOf(error), text.replace(/ - \d+:\d+$/, ''), error);
}

/** The error, from the parser's own message: "Expecting 'A', 'B', got 'C'". */
function parseRule(words: string): string {
  if (words.endsWith("got 'OPEN_ENDBLOCK'")) return '{{/…}} closes no block';
  if (!/got '(EOF|INVALID)'$/.test(words)) return words;
  if (words.includes("'OPEN_ENDBLOCK'")) return 'a block is open at its end; close it with {{/…}}';
  return 'a {{ is not closed with }}, or its content is not a value, helper or partial';
}

/** The line that uses a name after another one, if it is the only one; JavaScript does not report it. */
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
