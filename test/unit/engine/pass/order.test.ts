import { describe, expect, it } from 'vitest';
import type { AddressDecision } from '../../../../src/advertise/decision.ts';
import { type Announced, type Effect, orderEffects } from '../../../../src/engine/pass/order.ts';
import type { Address } from '../../../../src/model/address.ts';
import { address, community } from '../../model/fixtures.ts';

const A = address('192.0.2.1');
const B = address('192.0.2.2');
const C = address('2001:db8::3');
const via = address('10.1.1.2');

function decision(of: Address, ...devices: string[]): AddressDecision {
  const nextHops = devices.map((device) => ({ via, interface: device }));
  const nothing = { claimants: [], communities: [], reason: undefined, message: undefined };
  return { address: of, kind: 'anycast', nextHops, ...nothing };
}

function carrying(one: AddressDecision, ...communities: string[]): AddressDecision {
  return { ...one, communities: communities.map(community) };
}

function set(...decisions: AddressDecision[]): Announced {
  return new Map(decisions.map((one) => [one.address, one]));
}

function sentences(effects: readonly Effect[]): string[] {
  return effects.map((effect) =>
    effect.kind === 'publish'
      ? `publish ${[...effect.set.keys()].join(' ') || 'nothing'}`
      : `${effect.kind} ${effect.addresses.join(' ')}`,
  );
}

const a = decision(A, 'flock00000001');
const b = decision(B, 'flock00000001');
const c = decision(C, 'flock00000001');
const none = set();

describe('the order of effects', () => {
  it('routes a new address before it is announced', () => {
    expect(sentences(orderEffects(none, none, set(a)))).toEqual([`route ${A}`, `publish ${A}`]);
  });

  it('withdraws an address before its route goes', () => {
    expect(sentences(orderEffects(set(a), set(a), none))).toEqual(['publish nothing', `unroute ${A}`]);
  });

  it('does not let a withdrawal wait behind the route of another address', () => {
    expect(sentences(orderEffects(set(a, b), set(a, b), set(b, c)))).toEqual([
      `publish ${B}`,
      `route ${C}`,
      `publish ${B} ${C}`,
      `unroute ${A}`,
    ]);
  });

  it('changes the route of an address that loses one of two replicas first, and never removes it', () => {
    const both = decision(A, 'flock00000001', 'flock00000002');
    expect(sentences(orderEffects(set(both), set(both), set(a)))).toEqual([`route ${A}`, `publish ${A}`]);
  });

  it('tells BIRD alone of communities that come, change and go, and touches no route', () => {
    const steps = [a, carrying(a, '1:1'), carrying(a, '1:2'), carrying(a, '1:2', '1:2:3'), carrying(a, '1:2:3'), a];
    for (const [at, next] of steps.slice(1).entries()) {
      const now = steps[at] ?? a;
      expect(sentences(orderEffects(set(now, b), set(now, b), set(next, b)))).toEqual([`publish ${A} ${B}`]);
    }
    const same = set(carrying(a, '1:1', '1:1:1'));
    expect(orderEffects(same, same, set(carrying(decision(A, 'flock00000001'), '1:1', '1:1:1')))).toEqual([]);
  });

  it('does nothing when all is as wanted', () => {
    expect(orderEffects(set(a), set(a), set(decision(A, 'flock00000001')))).toEqual([]);
  });

  it('removes a route that BIRD does not announce, left by a crash between the two', () => {
    expect(sentences(orderEffects(none, set(a), none))).toEqual([`unroute ${A}`]);
  });

  it('puts a lost route back without a word to BIRD', () => {
    expect(sentences(orderEffects(set(a), none, set(a)))).toEqual([`route ${A}`]);
  });
});
