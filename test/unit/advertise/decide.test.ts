import { describe, expect, it } from 'vitest';
import { type DecideInput, type Decisions, decide } from '../../../src/advertise/decide.ts';
import { diffDecisions } from '../../../src/advertise/diff.ts';
import type { Allocation } from '../../../src/allocation/allocation.ts';
import type { ClaimPolicy } from '../../../src/allocation/claim-rules.ts';
import { attachmentId, podId } from '../../../src/model/attachment.ts';
import type { Pod, Readiness } from '../../../src/pods/pod-source.ts';
import type { PodFault } from '../../../src/wiring/pod-faults.ts';
import { allocation } from '../allocation/fixtures.ts';
import { address } from '../model/fixtures.ts';

const service = address('192.0.2.53');
const service6 = address('2001:db8:ffff::53');
const first = allocation(1, { anycast: [service, service6] });
const second = allocation(2, { anycast: [service, service6] });

const allowAll: ClaimPolicy = () => ({ allowed: true });
const allowNone: ClaimPolicy = () => ({ allowed: false, rule: 'notAllowed', message: 'no rule covers it' });

function pod({ pod: ref }: Allocation, changes: Partial<Pod> = {}): Pod {
  return { ...ref, annotations: new Map(), app: ref.name, image: '', ...changes };
}

/** Everything is well for these allocations, but for what `changes` says. */
function wellFor(allocations: readonly Allocation[], changes: Partial<DecideInput> = {}): DecideInput {
  return {
    allocations,
    pods: { synced: true, pods: new Map(allocations.map((a) => [podId(a.pod), pod(a)])), problems: [] },
    readiness: () => ({ ready: true }),
    wired: new Set(allocations.map((a) => a.hostInterface)),
    altered: new Map(),
    terminating: new Set(),
    policy: allowAll,
    ...changes,
  };
}

function notReady(reason: 'notReady' | 'terminating' | 'probePending'): Readiness {
  return { ready: false, reason, message: `it is ${reason}` };
}

function altered(...faults: PodFault[]): Partial<DecideInput> {
  return { altered: new Map([[first.hostInterface, faults]]) };
}

/** The decision on one address. */
function on(target: string, { decisions }: Decisions) {
  const found = decisions.find((decision) => decision.address === target);
  if (found === undefined) throw new Error(`there is no decision on ${target}`);
  return found;
}

describe('one claimant', () => {
  it('is announced through its own address of the same family, on its host device', () => {
    const decisions = decide(wellFor([first]));
    expect(on(service, decisions)).toEqual({
      address: service,
      kind: 'anycast',
      claimants: [{ namespace: 'default', name: 'pod-1', containerId: 'container1', withheld: undefined }],
      nextHops: [{ via: first.ip4, interface: 'flock00000001' }],
      communities: [],
      reason: undefined,
      message: undefined,
    });
    expect(on(service6, decisions).nextHops).toEqual([{ via: first.ip6, interface: 'flock00000001' }]);
  });

  const cases: [string, Partial<DecideInput>, Partial<Allocation>][] = [
    ['notReady', { readiness: () => notReady('notReady') }, {}],
    ['probePending', { readiness: () => notReady('probePending') }, {}],
    ['probePending', { readiness: () => undefined }, {}],
    ['terminating', { readiness: () => notReady('terminating') }, {}],
    ['terminating', { terminating: new Set([attachmentId(first)]) }, {}],
    ['notWired', { wired: new Set(['flock00000002']) }, {}],
    ['notWired', {}, { state: 'pending' }],
    ['podAltered', altered({ text: 'eth0 has another MAC', concerns: 'all' }), {}],
    ['podAltered', altered({ text: 'no default route', concerns: 4 }), {}],
    ['podAltered', altered({ text: 'lo does not have it', concerns: service }), {}],
    ['podAltered', { ...altered({ text: 'x', concerns: 4 }), readiness: () => notReady('notReady') }, {}],
    ['notWired', { ...altered({ text: 'x', concerns: 4 }), wired: new Set() }, {}],
    ['notAllowed', { policy: allowNone }, {}],
    ['unknownPod', { pods: { synced: true, pods: new Map(), problems: [] } }, {}],
    ['unknownPod', {}, { pod: { namespace: 'default', name: 'pod-1', uid: 'an older one' } }],
    ['sourceNotSynced', { pods: { synced: false, pods: new Map(), problems: [] } }, {}],
    ['familyMissing', {}, { ip4: undefined }],
  ];
  it.each(cases)('is withheld: %s (case %#)', (reason, changes, allocationChanges) => {
    const wired = { ...first, ...allocationChanges };
    const decision = on(service, decide({ ...wellFor([first], changes), allocations: [wired] }));
    expect(decision).toMatchObject({ nextHops: [], reason, claimants: [{ withheld: { reason } }] });
    expect(decision.message?.length).toBeGreaterThan(0);
  });

  it('loses only what its alteration concerns, with what is missing and the remedy in the message', () => {
    for (const concerns of [4, service] as const) {
      const decisions = decide(wellFor([first], altered({ text: 'something is missing', concerns })));
      expect(on(service, decisions).message).toBe(
        'the pod default/pod-1 has altered its own end: something is missing; repeat ADD, or restart the pod',
      );
      expect(on(service6, decisions).nextHops).toHaveLength(1);
    }
    const all = decide(wellFor([first], altered({ text: 'another MAC', concerns: 'all' })));
    expect(on(service6, all).reason).toBe('podAltered');
  });

  it('is told by its name alone where either side has no uid', () => {
    const withoutUid = { ...first, pod: { namespace: 'default', name: 'pod-1' } };
    expect(on(service, decide({ ...wellFor([first]), allocations: [withoutUid] })).nextHops).toHaveLength(1);
    const pods = new Map([['default/pod-1', pod(first, { uid: undefined })]]);
    const input = wellFor([first], { pods: { synced: true, pods, problems: [] } });
    expect(on(service, decide(input)).nextHops).toHaveLength(1);
  });

  it('loses only the family that it does not have', () => {
    const decisions = decide(wellFor([{ ...first, ip4: undefined }]));
    expect(on(service, decisions).reason).toBe('familyMissing');
    expect(on(service6, decisions).nextHops).toHaveLength(1);
  });

  it('loses only the address that is not allowed, with the rule in the message', () => {
    const policy: ClaimPolicy = (target) => (target === service ? allowNone(target, '') : { allowed: true });
    const decisions = decide(wellFor([first], { policy }));
    expect(on(service, decisions).message).toBe(
      'annotation flock.fritzlab.net/anycast: 192.0.2.53 is refused: no rule covers it',
    );
    expect(on(service6, decisions).reason).toBeUndefined();
  });

  it('shows the farthest of several obstacles', () => {
    const broken = { wired: new Set<string>(), readiness: () => notReady('notReady') };
    expect(on(service, decide(wellFor([first], broken))).reason).toBe('notWired');
    expect(on(service, decide(wellFor([first], { ...broken, policy: allowNone }))).reason).toBe('notAllowed');
    const ending = { ...broken, policy: allowNone, terminating: new Set([attachmentId(first)]) };
    expect(on(service, decide(wellFor([first], ending))).reason).toBe('terminating');
  });

  it('is terminating also while the source is not synced, since a removal does not wait for it', () => {
    const pods = { synced: false, pods: new Map(), problems: [] };
    const input = wellFor([first], { pods, terminating: new Set([attachmentId(first)]) });
    expect(on(service, decide(input)).reason).toBe('terminating');
  });
});

describe('several claimants of one address', () => {
  it('are all next hops, sorted by interface', () => {
    const decision = on(service, decide(wellFor([second, first])));
    expect(decision.nextHops).toEqual([
      { via: first.ip4, interface: 'flock00000001' },
      { via: second.ip4, interface: 'flock00000002' },
    ]);
    expect(decision.claimants.map(({ name }) => name)).toEqual(['pod-1', 'pod-2']);
  });

  it('leave each other alone: one that is not ready is only listed', () => {
    const readiness: DecideInput['readiness'] = ({ name }) =>
      name === 'pod-1' ? notReady('notReady') : { ready: true };
    const decision = on(service, decide(wellFor([first, second], { readiness })));
    expect(decision.nextHops).toEqual([{ via: second.ip4, interface: 'flock00000002' }]);
    expect(decision.claimants.map(({ withheld }) => withheld?.reason)).toEqual(['notReady', undefined]);
    expect(decision.reason).toBeUndefined();
  });

  it('show the reason of the one that is nearest to being advertised', () => {
    const readiness: DecideInput['readiness'] = ({ name }) => notReady(name === 'pod-1' ? 'terminating' : 'notReady');
    expect(on(service, decide(wellFor([first, second], { readiness })))).toMatchObject({
      reason: 'notReady',
      message: 'it is notReady',
    });
  });

  it('have the kind of the first one', () => {
    const other = allocation(3, { addresses: [service] });
    expect(on(service, decide(wellFor([other, second]))).kind).toBe('anycast');
    expect(on(service, decide(wellFor([other]))).kind).toBe('addresses');
  });
});

it('sorts by address, IPv4 first, by value and not by text', () => {
  const anycast = ['192.0.2.100', '2001:db8::1', '192.0.2.9', '2001:db8::', '10.0.0.1'].map(address);
  const { decisions } = decide(wellFor([allocation(1, { anycast })]));
  expect(decisions.map((decision) => decision.address)).toEqual([
    '10.0.0.1',
    '192.0.2.9',
    '192.0.2.100',
    '2001:db8::',
    '2001:db8::1',
  ]);
});

it('names the attachments whose readiness is not known yet', () => {
  const pending: DecideInput['readiness'] = ({ name }) =>
    name === 'pod-1' ? notReady('probePending') : { ready: true };
  expect(decide(wellFor([first, second], { readiness: pending })).undecided).toEqual(['container1/eth0']);
  expect(decide(wellFor([first, second], { readiness: () => undefined })).undecided).toHaveLength(2);
  const unsynced = { synced: false, pods: new Map(), problems: [] };
  expect(decide(wellFor([first], { pods: unsynced })).undecided).toEqual(['container1/eth0']);
  // Nobody probes what is not wired.
  expect(decide(wellFor([first], { wired: new Set(), readiness: () => undefined })).undecided).toEqual([]);
});

describe('deciding again', () => {
  it('gives the very same list when nothing has changed', () => {
    const before = decide(wellFor([first, second]));
    expect(decide(wellFor(before.basis.index.allocations), before).decisions).toBe(before.decisions);
  });

  it('keeps the very same decision where nothing has changed', () => {
    const other = allocation(3, { addresses: [address('198.51.100.7')] });
    const allocations = [first, second, other];
    const before = decide(wellFor(allocations));
    const readiness: DecideInput['readiness'] = ({ name }) =>
      name === 'pod-3' ? notReady('notReady') : { ready: true };
    const after = decide(wellFor(allocations, { readiness }), before);
    expect(on(service, after)).toBe(on(service, before));
    expect(on('198.51.100.7', after).reason).toBe('notReady');
    expect(diffDecisions(before.decisions, after.decisions)).toEqual({
      changed: [on('198.51.100.7', after)],
      gone: [],
    });
  });

  it('decides everything again when the policy has been replaced', () => {
    const before = decide(wellFor([first]));
    expect(on(service, decide(wellFor([first], { policy: allowNone }), before)).reason).toBe('notAllowed');
  });

  it('sees a pod that comes and one that goes', () => {
    const before = decide(wellFor([first]));
    const both = decide(wellFor([first, second]), before);
    expect(on(service, both).nextHops).toHaveLength(2);
    const gone = decide(wellFor([second]), both);
    expect(on(service, gone).nextHops).toEqual([{ via: second.ip4, interface: 'flock00000002' }]);
    expect(decide(wellFor([]), gone).decisions).toEqual([]);
  });
});

describe('the difference between decisions', () => {
  const decisionsOn = (...texts: string[]) =>
    decide(wellFor([allocation(1, { anycast: texts.map(address) })])).decisions;

  it('has what came, and what is gone at the start, in the middle and at the end', () => {
    const before = decisionsOn('10.0.0.1', '10.0.0.3', '10.0.0.4', '2001:db8::1');
    const after = [...decisionsOn('10.0.0.2'), ...before.slice(1, 2), ...decisionsOn('10.0.0.9')];
    const { changed, gone } = diffDecisions(before, after);
    expect(changed.map((decision) => decision.address)).toEqual(['10.0.0.2', '10.0.0.9']);
    expect(gone).toEqual(['10.0.0.1', '10.0.0.4', '2001:db8::1']);
  });

  it('has everything where there was nothing, and the other way round', () => {
    const some = decisionsOn('10.0.0.1', '2001:db8::1');
    expect(diffDecisions([], some)).toEqual({ changed: some, gone: [] });
    expect(diffDecisions(some, [])).toEqual({ changed: [], gone: ['10.0.0.1', '2001:db8::1'] });
    expect(diffDecisions(some, some)).toEqual({ changed: [], gone: [] });
  });
});
