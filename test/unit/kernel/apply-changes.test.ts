import { describe, expect, it } from 'vitest';
import {
  NLM_F_ACK,
  NLM_F_EXCL,
  RTM_DELADDR,
  RTM_GETROUTE,
  RTM_NEWADDR,
  RTM_NEWROUTE,
} from '../../../src/kernel/codec/constants.ts';
import type { Message } from '../../../src/kernel/codec/reader.ts';
import { applyChanges } from '../../../src/kernel/netlink/apply-changes.ts';
import { Conversation } from '../../../src/kernel/netlink/conversation.ts';
import type { Change, LinkAddress } from '../../../src/kernel/ports.ts';
import { type Address, addressFromBigInt, parseAddress } from '../../../src/model/address.ts';
import { prefixOf } from '../../../src/model/prefix.ts';
import { acknowledgement, message, ScriptedKernel } from './scripted-kernel.ts';

const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
const EEXIST = 17;
const EINVAL = 22;

const own = parseAddress('2001:db8::2') ?? ('' as Address);
const address: Change = { kind: 'replaceAddress', linkIndex: 2, address: own, prefixLength: 128 };
const existing: LinkAddress = { linkIndex: 2, address: own, prefixLength: 128, scope: 'global', tentative: false };

function route(number: number, preferredSource?: Address): Change {
  const family = preferredSource === undefined ? 4 : 6;
  const to = addressFromBigInt(family, BigInt(number) + (family === 4 ? 0xc0000200n : 1n));
  const destination = prefixOf(to, family === 4 ? 32 : 128);
  return {
    kind: 'replaceRoute',
    destination,
    linkIndex: 2,
    protocol: 202,
    ...(preferredSource === undefined ? {} : { preferredSource }),
  };
}

/** Refuses what `errnoOf` names; says of every address asked for that it is local, or not. */
function kernelWith(errnoOf: (request: Message) => number, isLocal: () => boolean = () => true): ScriptedKernel {
  const kernel = new ScriptedKernel((requests) => {
    for (const request of requests) {
      if (request.type === RTM_GETROUTE) {
        const type = isLocal() ? RTN_LOCAL : RTN_UNICAST;
        kernel.answer(
          message(RTM_NEWROUTE, 0, request.sequence, (writer) => {
            writer.u32(0x800a);
            writer.u32(type << 24);
            writer.u32(0);
          }),
        );
        continue;
      }
      const errno = errnoOf(request);
      if (errno !== 0 || (request.flags & NLM_F_ACK) !== 0) kernel.answer(acknowledgement(request.sequence, errno));
    }
  });
  return kernel;
}

function apply(kernel: ScriptedKernel, changes: readonly Change[], addresses: LinkAddress[] = []): Promise<string[]> {
  const conversation = new Conversation(kernel.open, 60_000);
  return applyChanges(conversation, changes, async () => addresses).then((results) =>
    results.map((result) => (result.ok ? 'ok' : result.errno)),
  );
}

const types = (kernel: ScriptedKernel): number[] => kernel.requests.map((request) => request.type);

describe('applying changes', () => {
  it('sends no more than 128 messages in a datagram and gives one result per change', async () => {
    const failing = new Set([0, 127, 128, 299]);
    let seen = 0;
    const kernel = kernelWith(() => (failing.has(seen++) ? EINVAL : 0));
    const results = await apply(
      kernel,
      Array.from({ length: 300 }, (_, i) => route(i)),
    );
    expect(kernel.datagrams).toHaveLength(3);
    expect(results).toHaveLength(300);
    expect(results.flatMap((result, index) => (result === 'ok' ? [] : [index]))).toEqual([...failing]);
  });

  it('asks for one acknowledgement per datagram', async () => {
    const kernel = kernelWith(() => 0);
    await apply(
      kernel,
      Array.from({ length: 10 }, (_, i) => route(i)),
    );
    expect(kernel.requests.map((request) => request.flags & NLM_F_ACK)).toEqual([...Array(9).fill(0), NLM_F_ACK]);
  });

  it('sends nothing for no changes', async () => {
    const kernel = kernelWith(() => 0);
    await expect(apply(kernel, [])).resolves.toEqual([]);
    expect(kernel.datagrams).toHaveLength(0);
  });

  it('refuses what no message can carry on the spot and carries out the rest', async () => {
    const kernel = kernelWith(() => 0);
    const results = await apply(kernel, [
      { kind: 'setLink', linkIndex: 1, mac: 'x' },
      route(1),
      { kind: 'setLink', linkIndex: 1, mac: 'y' },
    ]);
    expect(results).toEqual(['EINVAL', 'ok', 'EINVAL']);
    expect(types(kernel)).toEqual([RTM_NEWROUTE]);
  });

  it('does not talk to the kernel when no message can carry any of them', async () => {
    const kernel = kernelWith(() => 0);
    await expect(apply(kernel, [{ kind: 'setLink', linkIndex: 1, mac: 'x' }])).resolves.toEqual(['EINVAL']);
    expect(kernel.datagrams).toHaveLength(0);
  });

  it('tells the first refusal of a change that takes two messages', async () => {
    let seen = 0;
    const kernel = kernelWith(() => [97, 19][seen++] ?? 0);
    const results = await apply(kernel, [{ kind: 'setLink', linkIndex: 9, addrGenModeNone: true, up: true }]);
    expect(results).toEqual(['EAFNOSUPPORT']);
  });

  it('counts absent objects as deleted', async () => {
    const kernel = kernelWith(() => 19);
    await expect(apply(kernel, [{ kind: 'deleteLink', linkIndex: 9 }])).resolves.toEqual(['ok']);
  });
});

describe('an IPv6 address', () => {
  it('is asked for until the kernel takes packets for it', async () => {
    let asked = 0;
    const kernel = kernelWith(
      () => 0,
      () => ++asked === 3,
    );
    await expect(apply(kernel, [address])).resolves.toEqual(['ok']);
    expect(types(kernel)).toEqual([RTM_NEWADDR, RTM_GETROUTE, RTM_GETROUTE, RTM_GETROUTE]);
  });

  it('is not waited for when a later change takes it away', async () => {
    const kernel = kernelWith(
      () => 0,
      () => false,
    );
    await expect(apply(kernel, [address, { ...address, kind: 'deleteAddress' }])).resolves.toEqual(['ok', 'ok']);
    await expect(apply(kernel, [address, { kind: 'deleteLink', linkIndex: 2 }])).resolves.toEqual(['ok', 'ok']);
  });

  const refusesNew = (request: Message): number =>
    request.type === RTM_NEWADDR && (request.flags & NLM_F_EXCL) !== 0 ? EEXIST : 0;

  it('that is there and usable is left and refreshed', async () => {
    const kernel = kernelWith(refusesNew);
    await expect(apply(kernel, [address], [existing])).resolves.toEqual(['ok']);
    expect(types(kernel)).toEqual([RTM_NEWADDR, RTM_NEWADDR, RTM_GETROUTE]);
  });

  it.each<[string, Partial<LinkAddress>]>([
    ['tentative', { tentative: true }],
    ['of another prefix length', { prefixLength: 64 }],
  ])('that is there but %s is made anew', async (_what, difference) => {
    const kernel = kernelWith(refusesNew);
    await expect(apply(kernel, [address], [{ ...existing, ...difference }])).resolves.toEqual(['ok']);
    expect(types(kernel)).toEqual([RTM_NEWADDR, RTM_DELADDR, RTM_NEWADDR, RTM_GETROUTE]);
  });

  it('that vanished between the refusal and the look is added', async () => {
    const kernel = kernelWith(refusesNew);
    await expect(apply(kernel, [address], [])).resolves.toEqual(['ok']);
    expect(types(kernel)).toEqual([RTM_NEWADDR, RTM_NEWADDR, RTM_GETROUTE]);
  });

  it('that was replaced lets what failed after it be tried again, and only that', async () => {
    let remade = false;
    const kernel = kernelWith((request) => {
      if (request.type === RTM_DELADDR) remade = true;
      if (request.type === RTM_NEWROUTE && !remade) return EINVAL;
      return refusesNew(request);
    });
    const results = await apply(kernel, [route(1), address, route(2, own)], [{ ...existing, tentative: true }]);
    expect(results).toEqual(['EINVAL', 'ok', 'ok']);
  });
});
