import { describe, expect, it } from 'vitest';
import { encodeChange, meansAbsent } from '../../../src/kernel/codec/change.ts';
import { NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_ERROR, RTM_NEWROUTE } from '../../../src/kernel/codec/constants.ts';
import { decodeAcknowledgement, errnoName } from '../../../src/kernel/codec/control.ts';
import { type Message, readMessages } from '../../../src/kernel/codec/reader.ts';
import { decodeRoute } from '../../../src/kernel/codec/route-decode.ts';
import { MessageWriter } from '../../../src/kernel/codec/writer.ts';
import { type Change, KernelError } from '../../../src/kernel/ports.ts';
import { addressFromBytes } from '../../../src/model/address.ts';
import { prefixOf } from '../../../src/model/prefix.ts';

const V4 = addressFromBytes(Uint8Array.of(192, 0, 2, 1));
const V6 = addressFromBytes(Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));

function encode(change: Change): Message[] {
  const writer = new MessageWriter(64);
  encodeChange(writer, change, 1);
  const messages: Message[] = [];
  readMessages(writer.datagram(), (message) => messages.push(message));
  return messages;
}

function bytesOf(hex: string): Message {
  const buffer = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
  return { type: RTM_NEWROUTE, flags: 0, sequence: 1, port: 0, buffer, start: 0, end: buffer.length };
}

describe('encoding', () => {
  it('writes a route as iproute2 does for "ip route replace 192.0.2.1 via 10.1.1.2 dev 3 onlink proto 202"', () => {
    const gateway = addressFromBytes(Uint8Array.of(10, 1, 1, 2));
    const destination = prefixOf(V4, 32);
    const writer = new MessageWriter(8);
    encodeChange(
      writer,
      { kind: 'replaceRoute', destination, gateway, linkIndex: 3, onlink: true, protocol: 202 },
      0x01020304,
    );
    expect(writer.datagram().toString('hex')).toBe(
      [
        '34000000 1800 0105 04030201 00000000', // length, RTM_NEWROUTE, REQUEST | CREATE | REPLACE, sequence, port
        '02 20 00 00 fe ca 00 01 04000000', // AF_INET, /32, main table, protocol 202, universe, unicast, onlink
        '0800 0100 c0000201', // RTA_DST
        '0800 0500 0a010102', // RTA_GATEWAY
        '0800 0400 03000000', // RTA_OIF
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('sets the flag on every nested attribute, which strict kernels require', () => {
    const peer = { name: 'eth0', mac: '02:00:00:00:00:02', namespaceFd: 9 };
    const [message] = encode({ kind: 'createVeth', name: 'flock00000001', mac: '02:00:00:00:00:01', mtu: 1500, peer });
    const hex = message?.buffer.toString('hex') ?? '';
    for (const nested of ['1280', '0280', '0180']) expect(hex).toContain(nested);
  });

  it('brings a link up in a second message, behind the address generation mode', () => {
    expect(encode({ kind: 'setLink', linkIndex: 2, addrGenModeNone: true, up: true })).toHaveLength(2);
    expect(encode({ kind: 'setLink', linkIndex: 2, up: true })).toHaveLength(1);
    expect(encode({ kind: 'setLink', linkIndex: 2, mtu: 1400 })).toHaveLength(1);
    expect(encode({ kind: 'setLink', linkIndex: 2, noMaster: true })).toHaveLength(1);
  });

  it.each<[string, Change]>([
    ['a malformed MAC', { kind: 'setLink', linkIndex: 2, mac: '02:00:00:00:00' }],
    ['a name with a zero byte', { kind: 'setLink', linkIndex: 2, alias: 'a\0b' }],
    ['a neighbour without MAC', { kind: 'replaceNeighbour', linkIndex: 2, address: V4 }],
    [
      'a gateway of the other family',
      { kind: 'replaceRoute', destination: prefixOf(V4, 32), gateway: V6, protocol: 1 },
    ],
    [
      'a source of the other family',
      { kind: 'replaceRoute', destination: prefixOf(V6, 128), preferredSource: V4, protocol: 1 },
    ],
    [
      'a next hop of the other family',
      { kind: 'replaceNextHop', id: 1, protocol: 1, family: 6, linkIndex: 1, gateway: V4 },
    ],
    [
      'a group of more members than an attribute holds',
      { kind: 'replaceNextHopGroup', id: 1, protocol: 1, members: new Array(9000).fill(1) },
    ],
  ])('refuses %s with a KernelError', (_what, change) => {
    expect(() => encode(change)).toThrow(KernelError);
  });

  it('leaves nothing of a refused message behind a rewind', () => {
    const writer = new MessageWriter(16);
    const good: Change = { kind: 'deleteNextHop', id: 5 };
    encodeChange(writer, good, 1);
    const before = writer.length;
    expect(() => encodeChange(writer, { kind: 'setLink', linkIndex: 1, mtu: 5, alias: 'a\0' }, 2)).toThrow(KernelError);
    writer.rewind(before);
    encodeChange(writer, good, 2);
    const again = new MessageWriter(16);
    encodeChange(again, good, 1);
    encodeChange(again, good, 2);
    expect(writer.datagram()).toEqual(again.datagram());
  });
});

describe('decoding routes', () => {
  const header = '02 20 00 00 fe ca 00 01 00000000 0800 0100 c0000201';

  it('reads inline next hops with their gateways', () => {
    const route = decodeRoute(
      bytesOf(`${header} 2400 0900 1000 0000 03000000 0800 0500 0a010102 1000 0000 04000000 0800 0500 0a010103`),
    );
    expect(route?.multipath).toEqual([
      { linkIndex: 3, gateway: '10.1.1.2' },
      { linkIndex: 4, gateway: '10.1.1.3' },
    ]);
  });

  it('reads an IPv6 gateway of an IPv4 route', () => {
    const route = decodeRoute(bytesOf(`${header} 1600 1200 0a00 20010db8000000000000000000000001 0000`));
    expect(route?.gateway).toBe('2001:db8::1');
  });

  it("reads a route's own MTU, locked or not, and none of 0", () => {
    expect(decodeRoute(bytesOf(`${header} 0c00 0880 0800 0200 d4050000`))?.mtu).toBe(1492);
    expect(decodeRoute(bytesOf(`${header} 1400 0880 0800 0100 04000000 0800 0200 d4050000`))?.mtu).toBe(1492);
    expect(decodeRoute(bytesOf(`${header} 0c00 0880 0800 0200 00000000`))).not.toHaveProperty('mtu');
    expect(() => decodeRoute(bytesOf(`${header} 0a00 0880 0600 0200 d405 0000`))).toThrow(KernelError);
  });

  it('leaves out what a route by next hop object expands to', () => {
    const route = decodeRoute(bytesOf(`${header} 0800 1e00 07000000 0800 0400 03000000 0800 0500 0a010102`));
    expect(route).toMatchObject({ nextHopId: 7, linkIndex: undefined, gateway: undefined, multipath: [] });
  });

  it.each([
    ['another table', '02 20 00 00 fe ca 00 01 00000000 0800 0f00 ff000000'],
    ['a blackhole', '02 20 00 00 fe ca 00 06 00000000'],
    ['a cache entry', '02 20 00 00 fe ca 00 01 00020000'],
    ['multicast routing', '80 20 00 00 fe ca 00 01 00000000'],
  ])('skips %s', (_what, hex) => {
    expect(decodeRoute(bytesOf(hex))).toBeUndefined();
  });

  it('takes a default route, which has no destination attribute', () => {
    expect(decodeRoute(bytesOf('0a 00 00 00 fe ca 00 01 00000000'))?.destination).toEqual({
      family: 6,
      network: '::',
      length: 0,
    });
  });
});

describe('the kernel’s refusals', () => {
  const refusal = (hex: string, flags: number): Message => ({ ...bytesOf(hex), type: NLMSG_ERROR, flags });
  const quoted = '14000000 1800 0000 01000000 00000000';
  const sentence = '0a00 0100 6e6f7065 2100 0000';

  it('give the errno by name and the kernel’s sentence behind a capped request', () => {
    const message = refusal(`eaffffff ${quoted} ${sentence}`, NLM_F_ACK_TLVS | NLM_F_CAPPED);
    expect(decodeAcknowledgement(message)).toEqual({ errno: 'EINVAL', message: 'nope!' });
  });

  it('give the sentence behind a request that is quoted whole', () => {
    const message = refusal(`eaffffff ${quoted} aaaaaaaa ${sentence}`, NLM_F_ACK_TLVS);
    expect(decodeAcknowledgement(message)).toEqual({ errno: 'EINVAL', message: 'nope!' });
  });

  it('give no sentence where there is none, and nothing for success', () => {
    expect(decodeAcknowledgement(refusal(`eaffffff ${quoted}`, 0))).toEqual({ errno: 'EINVAL', message: undefined });
    expect(decodeAcknowledgement(refusal(`00000000 ${quoted}`, 0))).toBeUndefined();
  });

  it('are named as in the kernel, also those that have no name outside it', () => {
    expect([11, 17, 95, 97, 99, 101].map(errnoName)).toEqual([
      'EAGAIN',
      'EEXIST',
      'EOPNOTSUPP',
      'EAFNOSUPPORT',
      'EADDRNOTAVAIL',
      'ENETUNREACH',
    ]);
    expect(errnoName(524)).toBe('errno 524');
  });

  it('mean "not there" for deletions only', () => {
    const destination = prefixOf(V4, 32);
    expect(meansAbsent({ kind: 'deleteRoute', destination, protocol: 202 }, 'ESRCH')).toBe(true);
    expect(meansAbsent({ kind: 'replaceRoute', destination, protocol: 202 }, 'ESRCH')).toBe(false);
    expect(meansAbsent({ kind: 'deleteLink', linkIndex: 3 }, 'EBUSY')).toBe(false);
  });
});
