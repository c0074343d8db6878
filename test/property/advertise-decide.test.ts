import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DecideInput, type Decisions, decide } from '../../src/advertise/decide.ts';
import type { AddressDecision } from '../../src/advertise/decision.ts';
import { diffDecisions } from '../../src/advertise/diff.ts';
import type { Allocation } from '../../src/allocation/allocation.ts';
import type { ClaimPolicy } from '../../src/allocation/claim-rules.ts';
import { attachmentId, podId } from '../../src/model/attachment.ts';
import { sortCommunities } from '../../src/model/community.ts';
import type { Pod, Readiness } from '../../src/pods/pod-source.ts';
import type { PodFault } from '../../src/wiring/pod-faults.ts';
import { allocation } from '../unit/allocation/fixtures.ts';
import { address, community } from '../unit/model/fixtures.ts';

const PODS = [1, 2, 3, 4, 5];
const TARGETS = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8:ffff::1', '2001:db8:ffff::2'].map(address);
const NOT_ALLOWED = { allowed: false, rule: 'notAllowed', message: 'refused' } as const;
const refuse: ClaimPolicy = () => NOT_ALLOWED;
const POLICIES: readonly ClaimPolicy[] = [
  () => ({ allowed: true }),
  (target) => (target === TARGETS[0] ? refuse(target, '') : { allowed: true }),
  (_target, _namespace, communities = []) => {
    const refused = communities.find((one) => one === '9:2');
    return refused === undefined
      ? { allowed: true }
      : { ...NOT_ALLOWED, rule: 'communityNotAllowed', community: refused };
  },
];

const readinesses = fc.constantFrom<Readiness | undefined>(
  { ready: true },
  { ready: true },
  { ready: false, reason: 'notReady', message: 'no' },
  { ready: false, reason: 'terminating', message: 'ends' },
  { ready: false, reason: 'probePending', message: 'later' },
  undefined,
);

const alterations = fc.constantFrom<readonly PodFault[] | undefined>(
  undefined,
  undefined,
  [{ text: 'all', concerns: 'all' }],
  [{ text: 'IPv4', concerns: 4 }],
  [{ text: 'one', concerns: address('192.0.2.1') }],
);

/** One pod as it is at one moment. */
const podStates = fc.record({
  exists: fc.boolean(),
  anycast: fc.subarray(TARGETS),
  communities: fc.subarray(['9:1', '9:2', '9:1:1'].map(community)),
  ip4: fc.boolean(),
  committed: fc.boolean(),
  wired: fc.boolean(),
  known: fc.boolean(),
  sameUid: fc.boolean(),
  readiness: readinesses,
  altered: alterations,
  terminating: fc.boolean(),
});

/** A world at one moment. */
const worlds = fc.record({
  pods: fc.tuple(...PODS.map(() => podStates)),
  synced: fc.boolean(),
  policy: fc.constantFrom(...POLICIES),
});

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

/** Allocations that are equal are the very same object over time, as the store has them. */
function rememberer() {
  const known = new Map<string, Allocation>();
  return (number: number, state: World['pods'][number]): Allocation => {
    const { anycast, committed } = state;
    const communities = state.communities.map((one) => ({ address: undefined, community: one }));
    const plain = allocation(number, { anycast, communities, state: committed ? 'committed' : 'pending' });
    const made = state.ip4 ? plain : { ...plain, ip4: undefined };
    const key = JSON.stringify(made);
    const same = known.get(key) ?? made;
    known.set(key, same);
    return same;
  };
}

function inputOf(world: World, remember: ReturnType<typeof rememberer>): DecideInput {
  const pods = world.pods.map((state, at) => ({ state, allocation: remember(at + 1, state) }));
  const present = pods.filter(({ state }) => state.exists);
  const facts = (pod: Allocation, sameUid: boolean): Pod => ({
    ...pod.pod,
    uid: sameUid ? pod.pod.uid : 'another',
    annotations: new Map(),
    app: '',
    image: '',
  });
  return {
    allocations: present.map((pod) => pod.allocation),
    pods: {
      synced: world.synced,
      pods: new Map(
        pods
          .filter(({ state }) => state.known)
          .map((pod) => [podId(pod.allocation.pod), facts(pod.allocation, pod.state.sameUid)]),
      ),
      problems: [],
    },
    readiness: ({ name }) => pods.find((pod) => pod.allocation.pod.name === name)?.state.readiness,
    wired: new Set(pods.filter(({ state }) => state.wired).map((pod) => pod.allocation.hostInterface)),
    altered: {
      get: (name) => pods.find((pod) => pod.allocation.hostInterface === name)?.state.altered,
    },
    terminating: new Set(pods.filter(({ state }) => state.terminating).map((pod) => attachmentId(pod.allocation))),
    policy: world.policy,
  };
}

it('decides the same with what was decided before as without it', () => {
  fc.assert(
    fc.property(fc.array(worlds, { minLength: 1, maxLength: 6 }), (history) => {
      const remember = rememberer();
      let before: Decisions | undefined;
      for (const world of history) {
        const input = inputOf(world, remember);
        const fresh = decide(input);
        const again = decide(input, before);
        expect(again.decisions).toEqual(fresh.decisions);
        expect(again.undecided).toEqual(fresh.undecided);
        before = again;
      }
    }),
    { numRuns: 300 },
  );
});

it('announces through exactly the pods for which everything is well', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const input = inputOf(world, rememberer());
      for (const { address: target, nextHops, communities, reason, claimants } of decide(input).decisions) {
        const eligible = input.allocations.filter((candidate, _, all) => {
          const state = world.pods[PODS.findIndex((number) => candidate.containerId === `container${number}`)];
          if (state === undefined || all.length === 0) return false;
          const family = target.includes(':') || state.ip4;
          const allowed = world.policy(target, candidate.pod.namespace, state.communities).allowed;
          const reachable = !(state.altered ?? []).some(
            ({ concerns }) => concerns === 'all' || concerns === target || concerns === (target.includes(':') ? 6 : 4),
          );
          const alive = state.known && state.sameUid && state.readiness?.ready === true && !state.terminating;
          return (
            state.anycast.includes(target) &&
            world.synced &&
            state.committed &&
            state.wired &&
            alive &&
            reachable &&
            family &&
            allowed
          );
        });
        expect(nextHops.map((hop) => hop.interface)).toEqual(eligible.map((pod) => pod.hostInterface).sort());
        const asked = eligible.flatMap((pod) => pod.communities.map((claim) => claim.community));
        expect(communities).toEqual(sortCommunities(asked));
        expect(reason === undefined).toBe(eligible.length > 0);
        expect(claimants).toHaveLength(input.allocations.filter((pod) => pod.anycast.includes(target)).length);
      }
    }),
    { numRuns: 300 },
  );
});

it('tells the difference between any two lists of decisions', () => {
  fc.assert(
    fc.property(worlds, worlds, (one, other) => {
      const remember = rememberer();
      const before = decide(inputOf(one, remember));
      const after = decide(inputOf(other, remember), before);
      const { changed, gone } = diffDecisions(before.decisions, after.decisions);
      const patched = new Map<string, AddressDecision>(
        before.decisions.map((decision) => [decision.address, decision]),
      );
      for (const target of gone) expect(patched.delete(target)).toBe(true);
      for (const decision of changed) {
        expect(patched.get(decision.address)).not.toBe(decision);
        patched.set(decision.address, decision);
      }
      expect(new Set(patched.values())).toEqual(new Set(after.decisions));
    }),
  );
});
