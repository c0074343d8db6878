import { describe, expect, it } from 'vitest';
import { type DecideInput, type Decisions, decide } from '../../../src/advertise/decide.ts';
import type { Allocation } from '../../../src/allocation/allocation.ts';
import type { ClaimPolicy } from '../../../src/allocation/claim-rules.ts';
import { podId } from '../../../src/model/attachment.ts';
import type { CommunityClaim } from '../../../src/model/community.ts';
import { allocation } from '../allocation/fixtures.ts';
import { address, community } from '../model/fixtures.ts';

const [service, other] = [address('192.0.2.53'), address('2001:db8:ffff::53')];

/** Claims as the annotation has them. */
function asking(...texts: string[]): CommunityClaim[] {
  return texts.map((text) => {
    const [on, one] = text.includes('=') ? text.split('=') : [undefined, text];
    return { address: on === undefined ? undefined : address(on), community: community(one ?? '') };
  });
}

/** Pod number n with both addresses, asking for these communities. */
function pod(number: number, ...texts: string[]): Allocation {
  return allocation(number, { anycast: [service, other], communities: asking(...texts) });
}

const allowAll: ClaimPolicy = () => ({ allowed: true });

function decisionsOf(allocations: readonly Allocation[], changes: Partial<DecideInput> = {}, before?: Decisions) {
  const pods = allocations.map(({ pod: ref }) => [podId(ref), { ...ref, annotations: new Map(), app: '', image: '' }]);
  const input = {
    allocations,
    pods: { synced: true, pods: new Map(pods as Iterable<[string, never]>), problems: [] },
    readiness: () => ({ ready: true }) as const,
    wired: new Set(allocations.map((one) => one.hostInterface)),
    altered: new Map(),
    terminating: new Set<string>(),
    policy: allowAll,
    ...changes,
  };
  return decide(input, before);
}

function on(target: string, { decisions }: Decisions) {
  const found = decisions.find((decision) => decision.address === target);
  if (found === undefined) throw new Error(`there is no decision on ${target}`);
  return found;
}

describe('the communities of an announcement', () => {
  it('are those of its pod, sorted, for all addresses and for the one', () => {
    const decisions = decisionsOf([pod(1, '9:1:1', '9:20', '192.0.2.53=9:3')]);
    expect(on(service, decisions).communities).toEqual(['9:3', '9:20', '9:1:1']);
    expect(on(other, decisions).communities).toEqual(['9:20', '9:1:1']);
    expect(on(service, decisionsOf([pod(1)])).communities).toEqual([]);
  });

  it('of several pods are all of theirs, each once', () => {
    const decisions = decisionsOf([pod(1, '9:1', '9:3'), pod(2, '9:3', '9:2', '9:1:1'), pod(3)]);
    expect(on(service, decisions).communities).toEqual(['9:1', '9:2', '9:3', '9:1:1']);
    expect(on(service, decisions).nextHops).toHaveLength(3);
  });

  it('leave out those of a pod that is not eligible, and follow it back', () => {
    const allocations = [pod(1, '9:1'), pod(2, '9:2')];
    const both = decisionsOf(allocations);
    const unready: DecideInput['readiness'] = ({ name }) =>
      name === 'pod-1' ? { ready: false, reason: 'notReady', message: 'no' } : { ready: true };
    const one = decisionsOf(allocations, { readiness: unready }, both);
    expect(on(service, one).communities).toEqual(['9:2']);
    expect(on(service, decisionsOf(allocations, {}, one)).communities).toEqual(['9:1', '9:2']);
  });

  it('are none where the address is withheld', () => {
    const withheld = decisionsOf([pod(1, '9:1')], { wired: new Set<string>() });
    expect(on(service, withheld)).toMatchObject({ reason: 'notWired', communities: [] });
  });
});

describe('an address with a community that is not allowed any more', () => {
  const withoutTwo: ClaimPolicy = (target, _namespace, communities = []) => {
    const [refused] = communities.filter((one) => one === '9:2' && target === service);
    if (refused === undefined) return { allowed: true };
    return { allowed: false, rule: 'communityNotAllowed', message: 'no rule has it', community: refused };
  };

  it('is withheld, with annotation, community, address and rule, and its other address is not', () => {
    const decisions = decisionsOf([pod(1, '9:1', '9:2')], { policy: withoutTwo }, decisionsOf([pod(1, '9:1', '9:2')]));
    expect(on(service, decisions)).toMatchObject({
      reason: 'notAllowed',
      message: 'annotation flock.fritzlab.net/communities: 9:2 on 192.0.2.53 is refused: no rule has it',
      nextHops: [],
    });
    expect(on(other, decisions)).toMatchObject({ reason: undefined, communities: ['9:1', '9:2'] });
  });

  it('is announced through the pods that do not ask for it', () => {
    const decisions = decisionsOf([pod(1, '9:1', '9:2'), pod(2, '9:1')], { policy: withoutTwo });
    expect(on(service, decisions).nextHops).toEqual([{ via: pod(2).ip4, interface: 'flock00000002' }]);
    expect(on(service, decisions).communities).toEqual(['9:1']);
  });
});

it('a pod whose communities do not fit beside those of the pods before it is withheld, and comes when they do', () => {
  const many = (first: number, count: number) => Array.from({ length: count }, (_, at) => `9:${first + at}`);
  const allocations = [pod(1, ...many(0, 40)), pod(2, ...many(30, 40)), pod(3, ...many(20, 44))];
  const decision = on(service, decisionsOf(allocations));
  expect(decision.nextHops.map((hop) => hop.interface)).toEqual(['flock00000001', 'flock00000003']);
  expect(decision.communities).toHaveLength(64);
  expect(decision.claimants[1]?.withheld).toEqual({
    reason: 'notAllowed',
    message:
      'annotation flock.fritzlab.net/communities: with those of the other pods that claim it, 192.0.2.53 would carry more than 64',
  });
  const [first, second] = allocations;
  if (first === undefined || second === undefined) throw new Error('there are three');
  const later = on(service, decisionsOf([{ ...first, communities: [] }, second]));
  expect(later.nextHops).toHaveLength(2);
});
