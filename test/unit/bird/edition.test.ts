import { describe, expect, it } from 'vitest';
import { type Edition, FIRST_EDITION, withConfig, withTemplates } from '../../../src/bird/publish/machine/edition.ts';
import { FlockError } from '../../../src/errors.ts';

const CONFIG = { bgp: {} };
const START = withConfig(FIRST_EDITION, CONFIG, 'one');

/** Templates that cannot be read, for this reason. */
const broken = (message: string) => ({
  folder: '/t',
  reading: { error: new FlockError('configurationInvalid', message) },
});

describe('an edition', () => {
  it.each<[string, (edition: Edition) => Edition, number]>([
    ['is the same with the same configuration', (edition) => withConfig(edition, CONFIG, 'one'), 0],
    [
      'is another one with a configuration that was read again',
      (edition) => withConfig(edition, { ...CONFIG }, 'one'),
      1,
    ],
    ['is another one with a password file that was written', (edition) => withConfig(edition, CONFIG, 'two'), 1],
    ['is the same while password files cannot be read', (edition) => withConfig(edition, CONFIG, undefined), 0],
    ['is the same with the first templates', (edition) => withTemplates(edition, broken('a')), 0],
    [
      'is another one with other templates, and the same with the same ones',
      (edition) => ['a', 'a', 'b', 'b'].reduce((one, text) => withTemplates(one, broken(text)), edition),
      1,
    ],
  ])('%s', (_what, edit, more) => {
    expect(edit(START).number).toBe(START.number + more);
  });
});
