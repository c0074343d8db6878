import { describe, expect, it } from 'vitest';
import { nearestText } from '../../../src/model/nearest-text.ts';

describe('nearestText', () => {
  it.each([
    ['adress', 'address'],
    ['sokcet', 'socket'],
    ['ROUTERID', 'routerId'],
    ['peer', 'peers'],
  ])('finds what %s was meant to be', (typed, meant) => {
    expect(nearestText(typed, ['state', 'address', 'socket', 'routerId', 'peers'])).toBe(meant);
  });

  it('finds nothing for a word that is not near any', () => {
    expect(nearestText('timeout', ['address', 'socket', 'asn'])).toBeUndefined();
  });

  it('does not compare a text that is far too long', () => {
    expect(nearestText('a'.repeat(100_000), ['a'.repeat(99_999)])).toBeUndefined();
  });
});
