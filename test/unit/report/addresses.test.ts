import { describe, expect, it } from 'vitest';
import type { AddressDecision } from '../../../src/advertise/decision.ts';
import { type AddressFacts, addressState } from '../../../src/report/addresses.ts';
import { address } from '../model/fixtures.ts';

const A = address('192.0.2.1');
const decision: AddressDecision = {
  ...{ address: A, kind: 'anycast', claimants: [], communities: [] },
  ...{ nextHops: [{ via: address('10.1.0.2'), interface: 'flock00000001' }], reason: undefined, message: undefined },
};
const fine: AddressFacts = {
  announced: new Set([A]),
  birdConnected: true,
  lastResult: { ok: true, changed: true },
  shortfall: () => undefined,
  lost: new Map(),
};
const shortOf = (reason: 'notInBird' | 'noPeer' | 'publishPending') => ({
  shortfall: () => ({ reason, message: 'so' }),
});
const failed = { ok: false, code: 'birdUnavailable', message: 'BIRD reads another file' } as const;

describe('the state of an address', () => {
  it.each<[string, Partial<AddressDecision>, Partial<AddressFacts>, string]>([
    ['BIRD has it and tells a router', {}, {}, 'advertised  '],
    ['the pod is not ready', { reason: 'notReady', message: 'no' }, shortOf('noPeer'), 'withheld notReady no'],
    [
      'BIRD does not answer',
      {},
      { birdConnected: false },
      'withheld birdUnavailable BIRD does not answer on its control socket',
    ],
    ['no router is told', {}, shortOf('noPeer'), 'withheld noPeer so'],
    ['BIRD has lost it', {}, shortOf('notInBird'), 'withheld notInBird so'],
    ['BIRD has not been looked at', {}, shortOf('publishPending'), 'withheld publishPending so'],
    [
      'BIRD has not been given it',
      {},
      { announced: new Set() },
      'withheld publishPending BIRD has not been given it yet',
    ],
    [
      'the kernel has no way to it, and it is withdrawn for that',
      {},
      { announced: new Set(), lost: new Map([[A, { message: 'another route' }]]) },
      'withheld routeFailed another route',
    ],
    [
      'BIRD has not taken it, after a restart of flockd',
      {},
      { announced: new Set(), lastResult: failed, ...shortOf('notInBird') },
      'withheld notInBird BIRD reads another file',
    ],
    [
      'BIRD has fallen silent over it',
      {},
      { announced: new Set(), lastResult: failed, ...shortOf('noPeer') },
      'withheld birdUnavailable BIRD reads another file',
    ],
    [
      'BIRD refuses the files',
      {},
      { announced: new Set(), lastResult: { ok: false, code: 'fileError', message: 'full' } },
      'withheld publishRefused full',
    ],
  ])('where %s', (_what, decided, facts, expected) => {
    const { state, reason, message } = addressState({ ...decision, ...decided }, { ...fine, ...facts });
    expect(`${state} ${reason} ${message}`).toBe(expected);
  });
});
