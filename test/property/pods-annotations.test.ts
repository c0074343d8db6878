import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FlockError } from '../../src/errors.ts';
import { addressBits, addressFromBigInt, familyOf } from '../../src/model/address.ts';
import { formatCommunityClaim } from '../../src/model/community.ts';
import { formatPrefix, parsePrefix, prefixOf } from '../../src/model/prefix.ts';
import { parseAnnotations } from '../../src/pods/annotations.ts';

const KEYS = ['ipv6', 'ipv4', 'cidr6', 'cidr4', 'ip-algo', 'anycast', 'addresses', 'communities'];

const address4 = fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }).map((value) => addressFromBigInt(4, value));
/** Without the IPv4-mapped block, whose addresses are not taken. */
const address6 = fc
  .bigInt({ min: 0n, max: (1n << 128n) - 1n })
  .filter((value) => value >> 32n !== 0xffffn)
  .map((value) => addressFromBigInt(6, value));
const address = fc.oneof(address4, address6);
const blanks = fc.constantFrom('', ' ', '\t', '  \t ');

const part = fc.oneof(fc.nat(70_000), fc.nat(4_300_000_000)).map(String);
const communityLike = fc.oneof(
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':')),
  fc.constantFrom('64600:*', '1:1));', '01:1', '*:*', '{1,1}', '1:1\n', '1:1"'),
);

it('arbitrary annotations are read or refused with a message that can be printed, and nothing else', () => {
  const key = fc.oneof(fc.constantFrom(...KEYS), fc.string({ unit: 'binary', maxLength: 20 }));
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.oneof(address, fc.string({ maxLength: 8 })), { maxLength: 4 }).map((items) => items.join(',')),
    fc
      .array(fc.tuple(fc.option(fc.oneof(address, fc.string({ maxLength: 5 }))), communityLike), { maxLength: 4 })
      .map((items) => items.map(([on, one]) => (on === null ? one : `${on}=${one}`)).join(',')),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 8 }), (entries) => {
      let messages: string[];
      try {
        messages = parseAnnotations(new Map(entries)).warnings.map(({ message }) => message);
      } catch (error) {
        if (!(error instanceof FlockError) || error.code !== 'annotationInvalid') throw error;
        messages = [error.message];
      }
      for (const message of messages) {
        expect(message).toMatch(/^\P{Cc}+$/u);
        expect(message.length).toBeLessThan(600);
      }
    }),
    { numRuns: 500 },
  );
});

it('a list of addresses is read as it was written, in order and without repetitions', () => {
  const item = fc.record({ value: address, host: fc.boolean(), before: blanks, after: blanks });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 20 }), fc.constantFrom('anycast', 'addresses'), (items, key) => {
      const text = items
        .map(({ value, host, before, after }) => {
          const suffix = host ? `/${addressBits(familyOf(value))}` : '';
          return `${before}${value}${suffix}${after}`;
        })
        .join(',');
      const { value } = parseAnnotations(new Map([[key, text]]));
      const read = key === 'anycast' ? value.anycast : value.addresses;
      expect(read).toEqual([...new Set(items.map((one) => one.value))]);
      const again = parseAnnotations(new Map([[key, read.join(', ')]])).value;
      expect(again).toEqual(value);
    }),
  );
});

it('communities are read as they were written, or refused by the one item that is none', () => {
  const items = fc.array(fc.tuple(fc.nat(4), communityLike, blanks), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.uniqueArray(address, { minLength: 1, maxLength: 4 }), items, (claimed, written) => {
      const texts = written.map(([at, one]) => (claimed[at] === undefined ? one : `${claimed[at]}=${one}`));
      const text = texts.map((one, at) => `${written[at]?.[2] ?? ''}${one}`).join(',');
      const annotations = new Map([
        ['anycast', claimed.join()],
        ['communities', text],
      ]);
      const isRight = ([, one]: (typeof written)[number]): boolean => {
        const numbers = one.split(':').map(Number);
        const limit = { 2: 65_535, 3: 4_294_967_295 }[numbers.length] ?? -1;
        return one === numbers.join(':') && numbers.every((number) => number <= limit);
      };
      if (!written.every(isRight)) {
        expect(() => parseAnnotations(annotations)).toThrow(FlockError);
        return;
      }
      const read = parseAnnotations(annotations).value.communities.map(formatCommunityClaim);
      expect(read).toEqual([...new Set(texts)]);
    }),
    { numRuns: 300 },
  );
});

it('no address is taken in both lists', () => {
  fc.assert(
    fc.property(fc.array(address, { minLength: 1, maxLength: 5 }), fc.array(address, { maxLength: 5 }), (a, b) => {
      const [shared] = a;
      const both = new Map([
        ['anycast', a.join()],
        ['addresses', [...b, shared].join()],
      ]);
      expect(() => parseAnnotations(both)).toThrow(FlockError);
    }),
  );
});

it('a list of prefixes is read as it was written, and one with host bits is refused with the right one', () => {
  const prefix4 = fc.tuple(address4, fc.integer({ min: 0, max: 31 }));
  const prefix6 = fc.tuple(address6, fc.integer({ min: 0, max: 127 }));
  fc.assert(
    fc.property(fc.oneof(prefix4, prefix6), ([inside, length]) => {
      const key = `cidr${familyOf(inside)}`;
      const right = formatPrefix(prefixOf(inside, length));
      const { value } = parseAnnotations(new Map([[key, right]]));
      expect([...value.cidr4, ...value.cidr6]).toEqual([parsePrefix(right)]);
      if (`${inside}/${length}` === right) return;
      expect(() => parseAnnotations(new Map([[key, `${inside}/${length}`]]))).toThrow(`write ${right}`);
    }),
  );
});
