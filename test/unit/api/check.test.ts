import { describe, expect, it } from 'vitest';
import { anyWord, count, flag, list, object, oneOf, orNull, text } from '../../../src/api/check.ts';

interface Thing {
  readonly name: string;
  readonly state: 'up' | 'down';
  readonly since: string | null;
}

describe('a check at run time', () => {
  const isThing = object<Thing>({ name: text, state: oneOf('up', 'down'), since: orNull(text) });

  it.each<[(value: unknown) => boolean, unknown, boolean]>([
    [text, '', true],
    [text, 1, false],
    [count, 0, true],
    [count, -1, false],
    [count, 1.5, false],
    [flag, false, true],
    [flag, 'false', false],
    [orNull(text), null, true],
    [orNull(text), undefined, false],
    [oneOf('up', 'down'), 'up', true],
    [oneOf('up', 'down'), 'upp', false],
    [anyWord, 'new', true],
    [anyWord, 1, false],
    [list(count), [1, 2], true],
    [list(count), [1, '2'], false],
    [list(count), { length: 0 }, false],
    [isThing, { name: 'a', state: 'up', since: null, more: 1 }, true],
    [isThing, { name: 'a', state: 'up' }, false],
    [isThing, null, false],
  ])('%s: %j: %s', (check, value, expected) => {
    expect(check(value)).toBe(expected);
  });

  it('does not compile where it differs from the type', () => {
    const state = oneOf('up', 'down');
    const since = orNull(text);
    // @ts-expect-error a key without a check
    object<Thing>({ name: text, state });
    // @ts-expect-error a check without a key
    object<Thing>({ name: text, state, since, more: text });
    // @ts-expect-error another kind
    object<Thing>({ name: count, state, since });
    // @ts-expect-error narrower: null is a value too
    object<Thing>({ name: text, state, since: text });
    // @ts-expect-error wider: null is no value
    object<Thing>({ name: orNull(text), state, since });
    // @ts-expect-error a word is missing
    object<Thing>({ name: text, state: oneOf('up'), since });
    // @ts-expect-error a word too many
    object<Thing>({ name: text, state: oneOf('up', 'down', 'sideways'), since });
    expect(object<Thing>({ name: text, state, since })({ name: '', state: 'up', since: '' })).toBe(true);
  });
});
