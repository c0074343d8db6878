/**
 * Checks of values at run time that the compiler holds equal to a type: a key of the type without a check, a check without
 * a key, or one of another kind does not compile. Written by hand: a schema library would take longer to load than all
 * of flockctl.
 */
export interface Check<T> {
  (value: unknown): value is T;
  /** Never there. With it neither a wider nor a narrower check passes for the one that a type needs. */
  readonly exactly?: (value: T) => void;
}

/** A check for each key of an object. */
export type Shape<T> = { readonly [Key in keyof T]-?: Check<T[Key]> };

/** A text. */
export const text: Check<string> = (value): value is string => typeof value === 'string';

/** A number of things. */
export const count: Check<number> = (value): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0;

export const flag: Check<boolean> = (value): value is boolean => typeof value === 'boolean';

/** Any word of a list that grows with versions, so that every text may be one. */
export function anyWord<T extends string>(value: unknown): value is T {
  return typeof value === 'string';
}

/** One of these words and no other. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Check<Word> {
  return (value): value is Word => words.some((word) => word === value);
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}

export function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(check);
}

/** An object with at least these keys. */
export function object<T>(shape: Shape<T>): Check<T> {
  const entries = Object.entries<(value: unknown) => boolean>(shape);
  return (value): value is T => {
    if (typeof value !== 'object' || value === null) return false;
    const fields = new Map<string, unknown>(Object.entries(value));
    return entries.every(([key, check]) => check(fields.get(key)));
  };
}
