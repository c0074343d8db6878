import fc from 'fast-check';
import { expect, it } from 'vitest';
import { interfaceIds } from '../../src/allocation/interface-id.ts';
import { type AddressRequest, chooseAddress } from '../../src/allocation/ipam.ts';
import { FlockError } from '../../src/errors.ts';
import { type Address, addressBits, addressFromBigInt, addressToBigInt, type Family } from '../../src/model/address.ts';
import { type Prefix, prefixContains, prefixCovers, prefixOf, prefixRange } from '../../src/model/prefix.ts';

/** A small pool, so that it can be full, anywhere in the address space. */
const pools = fc
  .record({
    family: fc.constantFrom<Family>(4, 6),
    host: fc.integer({ min: 2, max: 6 }),
    at: fc.bigInt(0n, (1n << 128n) - 1n),
  })
  .map(({ family, host, at }): Prefix => {
    const bits = addressBits(family);
    return prefixOf(addressFromBigInt(family, at >> BigInt(128 - bits)), bits - host);
  });

/** A pool with a block inside, around or beside it, some addresses taken, and a last one. */
const requests = pools.chain((pool) => {
  const { first, last } = prefixRange(pool);
  const inside = fc.bigInt(first, last).map((value) => addressFromBigInt(pool.family, value));
  const blocks = fc
    .record({ at: inside, length: fc.integer({ min: pool.length - 2, max: addressBits(pool.family) }) })
    .map(({ at, length }) => prefixOf(at, length));
  return fc.record({
    pool: fc.constant(pool),
    narrowTo: fc.array(blocks, { maxLength: 2 }),
    used: fc.uniqueArray(inside, { maxLength: 64 }).map((list) => new Set(list)),
    last: fc.option(inside, { nil: undefined }),
    embed: fc.option(fc.array(fc.string(), { maxLength: 3 }), { nil: undefined }),
    draw: fc.nat().map(BigInt),
  });
});

type Sample = typeof requests extends fc.Arbitrary<infer T> ? T : never;

function toRequest({ pool, narrowTo, used, last, embed, draw }: Sample): AddressRequest {
  const base = { family: pool.family, pool, narrowTo, used, last, random: (limit: bigint) => draw % limit };
  return embed === undefined ? base : { ...base, embed };
}

/** What the rules say may be given, written down apart from the code under test. */
function permitted({ pool, narrowTo, used }: Pick<AddressRequest, 'pool' | 'narrowTo' | 'used'>): Address[] {
  const [item] = narrowTo;
  const block = item === undefined || prefixCovers(item, pool) ? pool : item;
  const { first, last } = prefixRange(pool);
  const never = new Set(pool.family === 4 ? [first, first + 1n, last] : [first, first + 1n]);
  const range = prefixRange(block);
  const list: Address[] = [];
  for (let value = range.first; value <= range.last; value += 1n) {
    const address = addressFromBigInt(pool.family, value);
    if (!never.has(value) && !used.has(address)) list.push(address);
  }
  return list;
}

it('gives a permitted address if there is one, and says that the pool is exhausted if there is none', () => {
  fc.assert(
    fc.property(requests, (sample) => {
      const free = permitted(sample);
      if (free.length > 0) expect(free).toContain(chooseAddress(toRequest(sample)).address);
      else expect(() => chooseAddress(toRequest(sample))).toThrow(expect.objectContaining({ code: 'poolExhausted' }));
    }),
    { numRuns: 500 },
  );
});

it('gives of IPv4 the first permitted address behind the last one, and turns over only when there is none', () => {
  fc.assert(
    fc.property(requests, (sample) => {
      fc.pre(sample.pool.family === 4);
      const free = permitted(sample);
      fc.pre(free.length > 0);
      const after = sample.last === undefined ? 0n : addressToBigInt(sample.last);
      const expected = free.find((address) => addressToBigInt(address) > after) ?? free[0];
      expect(chooseAddress(toRequest(sample)).address).toBe(expected);
    }),
    { numRuns: 500 },
  );
});

it('gives addresses until the pool is empty, all different, and reuses an IPv4 address only after all others', () => {
  fc.assert(
    fc.property(pools, fc.infiniteStream(fc.nat()), (pool, draws) => {
      const used = new Set<Address>();
      const random = (limit: bigint) => BigInt(draws.next().value ?? 0) % limit;
      const size = permitted({ pool, narrowTo: [], used }).length;
      let last: Address | undefined;
      for (let count = 0; count < size; count += 1) {
        const { address } = chooseAddress({ family: pool.family, pool, narrowTo: [], used, last, random });
        expect(used.has(address)).toBe(false);
        used.add(address);
        last = address;
      }
      const next = () => chooseAddress({ family: pool.family, pool, narrowTo: [], used, last, random }).address;
      expect(next).toThrow(FlockError);
      const [released] = used;
      if (released === undefined) return;
      used.delete(released);
      expect(next()).toBe(released);
    }),
  );
});

it('gives 110 pods different addresses however the random draws repeat', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), (cycle) => {
      for (const pool of [
        prefixOf(addressFromBigInt(4, 0x0a010100n), 24),
        prefixOf(addressFromBigInt(6, 1n << 125n), 64),
      ]) {
        const used = new Set<Address>();
        let draw = 0;
        const random = () => {
          draw += 1;
          return BigInt(draw % cycle);
        };
        for (let pod = 0; pod < 110; pod += 1) {
          used.add(chooseAddress({ family: pool.family, pool, narrowTo: [], used, last: undefined, random }).address);
        }
        expect(used.size).toBe(110);
      }
    }),
    { numRuns: 5 },
  );
});

it('keeps interface ids inside the host part, for every pool length and any texts', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 3 }), fc.integer({ min: 0, max: 128 }), (texts, hostBits) => {
      const ids = interfaceIds(texts, hostBits);
      const fits = texts.length > 0 && Math.floor(hostBits / 4) > texts.length;
      expect(ids !== undefined).toBe(fits);
      if (ids === undefined) return;
      expect(new Set(ids).size).toBe(16);
      for (const [replica, id] of ids.entries()) {
        expect(id >> BigInt(hostBits)).toBe(0n);
        expect(id & 0xfn).toBe(BigInt(replica));
      }
    }),
  );
});

it('never leaves the pool, also with ip-algo in a pool of any length', () => {
  const anyPool = fc
    .record({ at: fc.bigInt(0n, (1n << 128n) - 1n), length: fc.integer({ min: 8, max: 126 }) })
    .map(({ at, length }) => prefixOf(addressFromBigInt(6, at), length));
  fc.assert(
    fc.property(anyPool, fc.array(fc.string(), { maxLength: 3 }), fc.bigInt(0n, 1n << 120n), (pool, embed, draw) => {
      const request = { family: 6, pool, narrowTo: [], used: new Set<Address>(), last: undefined, embed } as const;
      const { address } = chooseAddress({ ...request, random: (limit) => draw % limit });
      expect(prefixContains(pool, address)).toBe(true);
      expect(addressToBigInt(address) - prefixRange(pool).first).toBeGreaterThan(1n);
    }),
  );
});
