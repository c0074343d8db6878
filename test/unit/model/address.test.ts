import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  addressBits,
  addressFromBigInt,
  addressFromBytes,
  addressToBigInt,
  addressToBytes,
  compareAddresses,
  type Family,
  familyOf,
  parseAddress,
} from '../../../src/model/address.ts';

const anyAddress: fc.Arbitrary<Address> = fc
  .constantFrom<Family>(4, 6)
  .chain((family) =>
    fc.bigInt({ min: 0n, max: (1n << BigInt(addressBits(family))) - 1n }).map((n) => addressFromBigInt(family, n)),
  );
const isMapped = (address: Address) => address.startsWith('::ffff:');

describe('addresses', () => {
  it('have one text each, which parses to itself', () => {
    fc.assert(
      fc.property(
        anyAddress.filter((address) => !isMapped(address)),
        (address) => {
          expect(parseAddress(address)).toBe(address);
        },
      ),
    );
  });

  it('survive bytes and numbers', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(addressFromBytes(addressToBytes(address))).toBe(address);
        expect(addressFromBigInt(familyOf(address), addressToBigInt(address))).toBe(address);
      }),
    );
  });

  it('are refused or parsed, never thrown upon', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
        parseAddress(text);
      }),
    );
  });

  it.each([
    '10.1.1',
    '010.1.1.1',
    '0x0a.1.1.1',
    '10.1.1.256',
    'fe80::1%eth0',
    '::ffff:10.1.1.1',
    '1::2::3',
    '10.1.1.1 ',
    '10.1.1.1\n',
    '',
  ])('are not written %j', (text) => expect(parseAddress(text)).toBeUndefined());

  it('sort by family, then by value', () => {
    const texts = ['2001:db8::10', '2001:db8::9', '10.0.0.10', '10.0.0.9'];
    const sorted = texts.flatMap((text) => parseAddress(text) ?? []).sort(compareAddresses);
    expect(sorted).toEqual(['10.0.0.9', '10.0.0.10', '2001:db8::9', '2001:db8::10']);
  });
});
