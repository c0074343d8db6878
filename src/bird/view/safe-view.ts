import { MASK } from '../../bird-language/text/secrets.ts';
import { FlockError } from '../../errors.ts';

/** What a template may see: numbers, booleans, safe texts, lists and objects of these. */
export type ViewValue = string | number | boolean | readonly ViewValue[] | { readonly [key: string]: ViewValue };

/**
 * Texts that cannot end a string, a line, a statement, a block or a comment of BIRD's language, and cannot start one:
 * letters, digits and the marks that addresses, prefixes (with the `+` of prefix sets) and file names need.
 */
const SAFE_TEXT = /^[A-Za-z0-9_.:/+-]*$/;

/**
 * An operator's texts that templates write in double quotes: nothing that ends the string. BIRD's strings have no
 * escapes and end at the next quote or line (`conf/cf-lex.l`).
 */
const QUOTED_TEXT = /^[ !#-~]*$/;

/** The values that are written in double quotes. */
const QUOTED: ReadonlySet<string> = new Set(['description', 'password']);

/**
 * Lets only harmless values through to the templates. This is the escaping rule of this room: BIRD's language has no
 * escapes that work in names, comments and addresses alike, so a text is either harmless or refused.
 * @param value what a template will see; @param path the path of the value, for the error.
 * @returns the same value, frozen all the way down.
 * @throws FlockError `internal`: validation before this point has a hole.
 */
export function safeView<T extends ViewValue>(value: T, path = 'view'): T {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw unsafe(path, value, 'a number must be a non-negative whole number');
  }
  if (typeof value === 'string') {
    const quoted = QUOTED.has(path.slice(path.lastIndexOf('.') + 1));
    const rule = quoted ? QUOTED_TEXT : SAFE_TEXT;
    if (rule.test(value)) return value;
    throw unsafe(path, path.endsWith('.password') ? MASK : value, `a text must match ${rule.source}`);
  }
  if (typeof value !== 'object' || value === null) throw unsafe(path, value, 'there is no such kind of value');
  for (const [key, child] of Object.entries<ViewValue>(value)) safeView(child, `${path}.${key}`);
  return Object.freeze(value);
}

function unsafe(path: string, value: unknown, rule: string): FlockError {
  return new FlockError('internal', `${path} is ${JSON.stringify(value)}, which no template may see: ${rule}`);
}

/**
 * Every name that a template can use on a view, with the places where it exists, written as in the templates' README:
 * `peers[].address`, and `@root.routerId` for values outside all lists.
 */
export function viewPlaces(
  value: ViewValue,
  at = '',
  places: Map<string, Set<string>> = new Map(),
): ReadonlyMap<string, ReadonlySet<string>> {
  if (Array.isArray(value)) {
    for (const child of value) viewPlaces(child, `${at}[]`, places);
  } else if (typeof value === 'object') {
    for (const [key, child] of Object.entries(value)) {
      const known = places.get(key) ?? new Set();
      places.set(key, known.add(`${at === '' ? '@root' : at}.${key}`));
      viewPlaces(child, at === '' ? key : `${at}.${key}`, places);
    }
  }
  return places;
}
