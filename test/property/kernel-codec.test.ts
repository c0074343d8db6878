import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAddress } from '../../src/kernel/codec/address.ts';
import { encodeChange } from '../../src/kernel/codec/change.ts';
import { decodeAcknowledgement, decodeDone } from '../../src/kernel/codec/control.ts';
import { decodeEvent } from '../../src/kernel/codec/event.ts';
import { decodeIsRunning, decodeLink } from '../../src/kernel/codec/link.ts';
import { decodeNeighbour } from '../../src/kernel/codec/neighbour.ts';
import { decodeNextHop } from '../../src/kernel/codec/nexthop.ts';
import { readAddress, writeAddress } from '../../src/kernel/codec/octets.ts';
import { type Message, readMessages } from '../../src/kernel/codec/reader.ts';
import { decodeIsLocal, decodeNearRoute, decodeRoute, decodeRouteTaken } from '../../src/kernel/codec/route-decode.ts';
import { decodeLinkSettings, decodeNeighbourTable } from '../../src/kernel/codec/settings.ts';
import { MessageWriter } from '../../src/kernel/codec/writer.ts';
import { readRule } from '../../src/kernel/netfilter/nft-rule.ts';
import { decodeChain, decodeExpressions, decodeGeneration } from '../../src/kernel/netfilter/nftables-codec.ts';
import { type Change, KernelError } from '../../src/kernel/ports.ts';
import {
  type Address,
  addressBits,
  addressFromBytes,
  addressToBytes,
  type Family,
  familyOf,
} from '../../src/model/address.ts';
import { prefixOf } from '../../src/model/prefix.ts';

const DECODERS = {
  link: decodeLink,
  running: decodeIsRunning,
  address: decodeAddress,
  route: decodeRoute,
  anyRoute: (message: Message) => decodeRoute(message, 'any'),
  local: decodeIsLocal,
  neighbour: decodeNeighbour,
  nextHop: decodeNextHop,
  acknowledgement: decodeAcknowledgement,
  done: decodeDone,
  event: decodeEvent,
  linkSettings: (message: Message) => decodeLinkSettings({ ...message, type: 16 }),
  neighbourTable: (message: Message) => decodeNeighbourTable({ ...message, type: 64 }),
  nearRoute: decodeNearRoute,
  routeTaken: decodeRouteTaken,
  generation: (message: Message) => decodeGeneration({ ...message, type: 0xa0f }),
  chain: (message: Message) => decodeChain({ ...message, type: 0xa03 }),
  rule: (message: Message) => readRule(decodeExpressions({ ...message, type: 0xa06 }) ?? []),
};

const address4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressFromBytes);
/** With many zero bytes, since runs of zero groups are what the text form turns on. */
const address6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: 16, maxLength: 16 })
  .map((bytes) => addressFromBytes(Uint8Array.from(bytes)));
const address = fc.oneof(address4, address6);
const index = fc.integer({ min: 1, max: 0x7fffffff });
const u32 = fc.nat(0xffffffff);
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':'));
const protocol = fc.nat(255);
const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });

/** The only message that the change becomes. */
function messageOf(change: Change): Message {
  const writer = new MessageWriter(16);
  expect(encodeChange(writer, change, 7)).toBe(1);
  const found: Message[] = [];
  readMessages(writer.datagram(), (message) => found.push(message));
  const [message] = found;
  if (message === undefined || found.length !== 1) throw new Error(`${found.length} messages`);
  expect(message.sequence).toBe(7);
  return message;
}

function onlyKernelErrors(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
  }
}

function without<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>;
}

describe('addresses on the wire', () => {
  it('are the bytes that the model gives them, and read back as the same text', () => {
    fc.assert(
      fc.property(address, fc.nat(5), (text, at) => {
        const bytes = new Uint8Array(24).fill(0xaa);
        const length = writeAddress(text, bytes, at);
        expect(bytes.subarray(at, at + length)).toEqual(addressToBytes(text));
        expect([...bytes.subarray(0, at), ...bytes.subarray(at + length)].every((byte) => byte === 0xaa)).toBe(true);
        expect(readAddress(bytes, at, familyOf(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('read any bytes as the model does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(readAddress(bytes, 0, 6)).toBe(addressFromBytes(bytes));
        expect(readAddress(bytes, 0, 4)).toBe(addressFromBytes(bytes.subarray(0, 4)));
      }),
    );
  });

  it('refuse any other text with a KernelError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.]{0,45}$/)), (text) => {
        onlyKernelErrors(() => writeAddress(text, new Uint8Array(16), 0));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('decoders', () => {
  const bytes = fc.uint8Array({ maxLength: 200 });

  it.each(Object.entries(DECODERS))('%s throws nothing but KernelError on arbitrary bytes', (_name, decode) => {
    fc.assert(
      fc.property(bytes, fc.nat(120), fc.nat(0xffff), (payload, type, flags) => {
        const buffer = Buffer.from(payload);
        onlyKernelErrors(() => decode({ type, flags, sequence: 1, port: 0, buffer, start: 0, end: buffer.length }));
      }),
      { numRuns: 500 },
    );
  });

  it('throw nothing but KernelError on the bytes of a real message with some of them changed or cut off', () => {
    const change: Change = {
      kind: 'replaceRoute',
      destination: prefixOf(addressFromBytes(Uint8Array.of(192, 0, 2, 1)), 32),
      linkIndex: 3,
      gateway: addressFromBytes(Uint8Array.of(10, 1, 1, 2)),
      protocol: 202,
      metric: 5,
    };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 8 }), fc.nat(80), (edits, length) => {
        const original = messageOf(change);
        const buffer = Buffer.from(original.buffer.subarray(0, original.end));
        for (const [at, value] of edits) if (at < buffer.length) buffer[at] = value;
        onlyKernelErrors(() => {
          readMessages(buffer.subarray(0, length), (message) => {
            for (const decode of Object.values(DECODERS)) onlyKernelErrors(() => decode(message));
          });
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('read a rule of the packet filter whose expressions hold arbitrary attributes', () => {
    const names = ['meta', 'cmp', 'ct', 'bitwise', 'immediate', 'lookup', 'match', 'target', 'payload', 'reject', 'x'];
    const attribute = fc.tuple(fc.nat(6), fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 160 })));
    const expression = fc.tuple(fc.constantFrom(...names), fc.array(attribute, { maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(expression, { maxLength: 5 }), (expressions) => {
        const writer = new MessageWriter(512);
        writer.begin(0xa06, 0, 1);
        writer.u32(0);
        writer.nested(4, () => {
          for (const [name, attributes] of expressions) {
            writer.nested(1, () => {
              writer.attributeName(1, name);
              writer.nested(2, () => {
                for (const [type, value] of attributes) writer.attributeBytes(type, value);
              });
            });
          }
        });
        writer.end();
        onlyKernelErrors(() =>
          readMessages(writer.datagram(), (message) => readRule(decodeExpressions(message) ?? [])),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('read datagrams of arbitrary bytes to the end or throw a KernelError', () => {
    fc.assert(fc.property(bytes, (datagram) => onlyKernelErrors(() => readMessages(Buffer.from(datagram), () => {}))));
  });
});

describe('a change reads back as what it makes', () => {
  it('for addresses', () => {
    fc.assert(
      fc.property(address, index, (own, linkIndex) => {
        const prefixLength = addressBits(familyOf(own));
        const message = messageOf({ kind: 'replaceAddress', linkIndex, address: own, prefixLength });
        const scope = /^fe[89ab]/.test(own) && familyOf(own) === 6 && own.indexOf(':') === 4 ? 'link' : 'global';
        expect(decodeAddress(message)).toEqual({ linkIndex, address: own, prefixLength, scope, tentative: false });
      }),
    );
  });

  const route = fc.constantFrom<Family>(4, 6).chain((family) => {
    const own: fc.Arbitrary<Address> = family === 4 ? address4 : address6;
    return fc.record({
      destination: fc.tuple(own, fc.nat(addressBits(family))).map(([network, length]) => prefixOf(network, length)),
      linkIndex: optional(index),
      gateway: optional(own),
      preferredSource: optional(own),
      onlink: optional(fc.constant(true as const)),
      scope: optional(fc.constantFrom('global' as const, 'link' as const)),
      protocol,
      metric: optional(u32),
    });
  });

  it('for routes', () => {
    fc.assert(
      fc.property(route, (wanted) => {
        const message = messageOf({ kind: 'replaceRoute', ...without(wanted) } as Change);
        expect(decodeRoute(message)).toEqual({
          destination: wanted.destination,
          linkIndex: wanted.linkIndex,
          gateway: wanted.gateway,
          preferredSource: wanted.preferredSource,
          protocol: wanted.protocol,
          scope: wanted.destination.family === 4 ? (wanted.scope ?? 'global') : 'global',
          onlink: wanted.onlink ?? false,
          metric: wanted.metric ?? 0,
          nextHopId: undefined,
          multipath: [],
        });
      }),
    );
  });

  it('for routes by next hop object', () => {
    fc.assert(
      fc.property(address, u32, protocol, (to, nextHopId, number) => {
        const destination = prefixOf(to, addressBits(familyOf(to)));
        const message = messageOf({ kind: 'replaceRoute', destination, nextHopId, protocol: number });
        expect(decodeRoute(message)).toMatchObject({ destination, nextHopId, protocol: number, linkIndex: undefined });
      }),
    );
  });

  it('for neighbours', () => {
    fc.assert(
      fc.property(address, index, mac, (own, linkIndex, hardware) => {
        const message = messageOf({ kind: 'replaceNeighbour', linkIndex, address: own, mac: hardware });
        expect(decodeNeighbour(message)).toEqual({ linkIndex, address: own, mac: hardware, permanent: true });
      }),
    );
  });

  it('for next hops and groups', () => {
    fc.assert(
      fc.property(
        address,
        index,
        u32,
        protocol,
        fc.array(u32, { maxLength: 20 }),
        (gateway, linkIndex, id, by, group) => {
          const family = familyOf(gateway);
          const leaf = messageOf({ kind: 'replaceNextHop', id, protocol: by, family, linkIndex, gateway });
          expect(decodeNextHop(leaf)).toEqual({ id, protocol: by, family, linkIndex, gateway, group: [] });
          const whole = messageOf({ kind: 'replaceNextHopGroup', id, protocol: by, members: group });
          expect(decodeNextHop(whole)).toMatchObject({ id, protocol: by, family: undefined, group });
        },
      ),
    );
  });

  it('for links', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,15}$/), mac, index, u32, (name, hardware, namespaceFd, mtu) => {
        const peer = { name: 'eth0', mac: hardware, namespaceFd };
        expect(decodeLink(messageOf({ kind: 'createVeth', name, mac: hardware, mtu, peer }))).toMatchObject({
          name,
          mac: hardware,
          mtu,
          kind: 'veth',
        });
        const alias = messageOf({ kind: 'setLink', linkIndex: namespaceFd, alias: name, addrGenModeNone: true });
        expect(decodeLink(alias)).toMatchObject({ index: namespaceFd, alias: name, addrGenMode: 1, up: false });
        const up = messageOf({ kind: 'setLink', linkIndex: namespaceFd, up: true });
        expect(decodeLink(up)).toMatchObject({ index: namespaceFd, up: true });
      }),
    );
  });
});
