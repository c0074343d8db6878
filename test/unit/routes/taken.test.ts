import { describe, expect, it } from 'vitest';
import type { RouteTaken } from '../../../src/kernel/ports.ts';
import { otherRouteSentence } from '../../../src/routes/taken.ts';
import { address, prefix } from '../model/fixtures.ts';

const A = address('192.0.2.1');
const OURS: RouteTaken = {
  ...{ destination: prefix('192.0.2.1/32'), protocol: 202, table: 254, linkIndex: 5, local: false },
};
const sentence = (taken: RouteTaken | undefined) =>
  otherRouteSentence(A, taken, 202, (index) => (index === 2 ? 'eth0' : undefined));

describe('the route that packets take', () => {
  it('is ours: there is nothing to say', () => {
    expect(sentence(OURS)).toBeUndefined();
    expect(sentence({ ...OURS, linkIndex: undefined })).toBeUndefined();
  });

  it.each<[string, RouteTaken | undefined, RegExp]>([
    [
      'is another program’s',
      { ...OURS, protocol: 4, linkIndex: 2 },
      /192\.0\.2\.1\/32 on eth0 .*\(protocol static\).*remove that one/,
    ],
    ['has a protocol without a name', { ...OURS, protocol: 77, linkIndex: 9 }, /on link 9 .*\(protocol 77\)/],
    ['is one of another table', { ...OURS, protocol: 3, table: 77 }, /of table 77.*ip rule/],
    [
      'is a wider one, since ours is gone',
      { ...OURS, destination: prefix('0.0.0.0/0'), protocol: 12 },
      /0\.0\.0\.0\/0.*bird/,
    ],
    ['is a wider one of our own number', { ...OURS, destination: prefix('192.0.2.0/24') }, /192\.0\.2\.0\/24/],
    ['ends at the host', { ...OURS, protocol: 2, local: true }, /this host, which has the address itself/],
    ['is none', undefined, /the kernel has no route to it/],
  ])('%s', (_what, taken, expected) => {
    expect(sentence(taken)).toMatch(expected);
  });
});
