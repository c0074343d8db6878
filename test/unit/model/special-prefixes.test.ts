import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromBigInt } from '../../../src/model/address.ts';
import { prefixOf, prefixRange } from '../../../src/model/prefix.ts';
import {
  describeSpecialBlock,
  isLinkLocal6,
  isOnEveryLink6,
  specialBlockOf,
  specialBlockOverlapping,
} from '../../../src/model/special-prefixes.ts';
import { address, prefix } from './fixtures.ts';

describe('an address', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0/8', 'unspecified'],
    ['0.255.255.255', '0.0.0.0/8', 'unspecified'],
    ['127.0.0.1', '127.0.0.0/8', 'loopback'],
    ['169.254.1.1', '169.254.0.0/16', 'linkLocal'],
    ['224.0.0.1', '224.0.0.0/4', 'multicast'],
    ['239.255.255.255', '224.0.0.0/4', 'multicast'],
    ['240.0.0.0', '240.0.0.0/4', 'reserved'],
    ['255.255.255.254', '240.0.0.0/4', 'reserved'],
    ['255.255.255.255', '240.0.0.0/4', 'reserved'],
    ['::', '::/128', 'unspecified'],
    ['::1', '::1/128', 'loopback'],
    ['::2', '::/96', 'reserved'],
    ['::ffff', '::/96', 'reserved'],
    ['fe80::1', 'fe80::/10', 'linkLocal'],
    ['febf:ffff::', 'fe80::/10', 'linkLocal'],
    ['ff02::1', 'ff00::/8', 'multicast'],
  ])('%s lies in %s (%s)', (text, block, kind) => {
    expect(specialBlockOf(address(text))).toMatchObject({ text: block, kind });
  });

  it.each([
    '1.0.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '223.255.255.255',
    '::1:0:0',
    'fe7f:ffff::',
    'fec0::',
    'feff::1',
    '2001:db8::1',
  ])('%s lies in none', (text) => {
    expect(specialBlockOf(address(text))).toBeUndefined();
  });

  it('is named in messages with its block and the source', () => {
    const block = specialBlockOf(address('240.0.0.1'));
    expect(block === undefined ? '' : describeSpecialBlock(block)).toBe(
      '240.0.0.0/4, reserved and broadcast addresses (RFC 1112, section 4; RFC 919)',
    );
  });

  it.each([
    ['fe80::1', true, true],
    ['febf::', true, true],
    ['ff02::1', false, true],
    // Short first groups: 0fe8 and 00ff.
    ['fe8:1::', false, false],
    ['ff::1', false, false],
    ['fec0::1', false, false],
    ['2001:db8::fe80', false, false],
    ['169.254.0.1', false, false],
  ])('%s: link-local %s, on every link %s', (text, linkLocal, everywhere) => {
    expect([isLinkLocal6(address(text)), isOnEveryLink6(address(text))]).toEqual([linkLocal, everywhere]);
  });
});

describe('a prefix', () => {
  it.each([
    ['0.0.0.0/0', '0.0.0.0/8'],
    ['127.1.0.0/16', '127.0.0.0/8'],
    ['240.1.0.0/16', '240.0.0.0/4'],
    ['::/64', '::/128'],
    ['::5:0/112', '::/96'],
    ['fe80::/64', 'fe80::/10'],
    ['10.1.1.0/24', undefined],
    ['2001:db8::/32', undefined],
  ])('%s overlaps %s', (text, block) => {
    expect(specialBlockOverlapping(prefix(text))?.text).toBe(block);
  });

  it('that holds a special address overlaps a block, so that no pool gives out what could not be claimed', () => {
    const anyPrefix = fc.tuple(fc.constantFrom(4 as const, 6 as const), fc.bigInt(0n, 2n ** 128n - 1n), fc.nat(128));
    fc.assert(
      fc.property(anyPrefix, fc.bigInt(0n, 2n ** 128n - 1n), ([family, bits, long], offset) => {
        const width = family === 4 ? 32 : 128;
        const around = prefixOf(addressFromBigInt(family, bits >> BigInt(128 - width)), long % (width + 1));
        const { first, last } = prefixRange(around);
        const inside = addressFromBigInt(family, first + (offset % (last - first + 1n)));
        if (specialBlockOf(inside) !== undefined) expect(specialBlockOverlapping(around)).toBeDefined();
      }),
    );
  });
});
