import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Allocation, AllocationState } from '../../src/allocation/allocation.ts';
import { assertEncodable, decodeAllocations, encodeAllocations } from '../../src/allocation/file/file-format.ts';
import { type Address, addressFromBigInt, type Family } from '../../src/model/address.ts';
import { community } from '../unit/model/fixtures.ts';

const addresses = (family: Family, bits: bigint) =>
  fc.bigInt(1n << 32n, (1n << bits) - 1n).map((value): Address => addressFromBigInt(family, value));
const ip4 = fc.bigInt(1n, (1n << 32n) - 1n).map((value) => addressFromBigInt(4, value));
// Not the IPv4-mapped block, which names no address of this program.
const ip6 = addresses(6, 128n).filter((address) => !address.startsWith('::ffff:'));
const claims = fc.uniqueArray(fc.oneof(ip4, ip6), { maxLength: 4 });
const text = fc.stringMatching(/^[\x20-\x7e\u00a1-\u00ff]{1,60}$/u);
const mac = fc.stringMatching(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);

const numbers = (most: number, length: number) =>
  fc.array(fc.nat(most), { minLength: length, maxLength: length }).map((some) => community(some.join(':')));
const communities = fc.oneof(numbers(65_535, 2), numbers(4_294_967_295, 3));

const unmarked = fc.record({
  containerId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/),
  ifname: fc.stringMatching(/^[a-z][a-z0-9.-]{0,14}$/),
  pod: fc.record({ namespace: text, name: text, uid: fc.option(text, { nil: undefined }) }),
  netns: fc.stringMatching(/^\/[a-z0-9/"\\-]{1,40}$/),
  hostInterface: fc.stringMatching(/^flock[0-9a-f]{8}$/),
  hostMac: mac,
  podMac: mac,
  mtu: fc.integer({ min: 68, max: 65535 }),
  ip6: fc.option(ip6, { nil: undefined }),
  ip4: fc.option(ip4, { nil: undefined }),
  anycast: claims,
  addresses: claims,
  state: fc.constantFrom('pending' as const, 'committed' as const),
  allocatedAt: fc
    .date({ noInvalidDate: true, min: new Date('1970'), max: new Date('9999') })
    .map((date) => date.toISOString()),
});

/** Communities for all claims, or for one of them. */
const allocations: fc.Arbitrary<Allocation> = unmarked.chain((allocation) => {
  const at = fc.constantFrom(undefined, ...allocation.anycast, ...allocation.addresses);
  const asked = fc.array(fc.record({ address: at, community: communities }), { maxLength: 5 });
  return asked.map((some) => ({ ...allocation, communities: some }));
});

const states: fc.Arbitrary<AllocationState> = fc.record({
  node: text,
  routerId: fc.option(ip4, { nil: undefined }),
  lastIp4: fc.option(ip4, { nil: undefined }),
  allocations: fc.uniqueArray(allocations, {
    maxLength: 6,
    comparator: (a, b) =>
      a.containerId === b.containerId ||
      a.hostInterface === b.hostInterface ||
      (a.ip4 !== undefined && a.ip4 === b.ip4) ||
      (a.ip6 !== undefined && a.ip6 === b.ip6),
  }),
});

const byId = (state: AllocationState) =>
  [...state.allocations].sort((a, b) => (`${a.containerId}/${a.ifname}` < `${b.containerId}/${b.ifname}` ? -1 : 1));

it('reads back every state that it writes', () => {
  fc.assert(
    fc.property(states, (state) => {
      assertEncodable(state);
      const decoded = decodeAllocations(encodeAllocations(state), state.node);
      expect(decoded).toEqual({ ok: true, state: { ...state, allocations: byId(state) } });
    }),
  );
});

it('writes the same text for the same state, whatever the order', () => {
  fc.assert(
    fc.property(states, (state) => {
      const turned = { ...state, allocations: [...state.allocations].reverse() };
      expect(encodeAllocations(turned)).toBe(encodeAllocations(state));
    }),
  );
});

it('never throws on a text, and calls what it cannot use by a reason', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ version: 1, node: 'n', allocations: value })),
  );
  fc.assert(
    fc.property(hostile, (source) => {
      const decoded = decodeAllocations(source, 'n');
      if (!decoded.ok) expect(decoded.message.length).toBeGreaterThan(0);
    }),
  );
});

it('never throws on a file with one value replaced by any other, and accepts only what it can write again', () => {
  fc.assert(
    fc.property(states, fc.nat(), fc.nat(), fc.jsonValue(), (state, which, key, value) => {
      const json = JSON.parse(encodeAllocations(state));
      const entries = [json, ...json.allocations];
      const target = entries[which % entries.length];
      const keys = Object.keys(target);
      target[keys[key % keys.length] ?? ''] = value;
      const decoded = decodeAllocations(JSON.stringify(json), state.node);
      if (decoded.ok) assertEncodable(decoded.state);
    }),
    { numRuns: 300 },
  );
});

it('never throws on a file that is cut off or has a byte changed', () => {
  fc.assert(
    fc.property(states, fc.nat(), fc.integer({ min: 0, max: 255 }), (state, at, byte) => {
      const bytes = Buffer.from(encodeAllocations(state));
      expect(decodeAllocations(bytes.subarray(0, at % (bytes.length - 2)).toString(), state.node).ok).toBe(false);
      bytes[at % bytes.length] = byte;
      const decoded = decodeAllocations(bytes.toString(), state.node);
      if (decoded.ok) assertEncodable(decoded.state);
    }),
  );
});
