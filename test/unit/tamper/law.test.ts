import { describe, expect, it } from 'vitest';
import type { AddressJson, PodJson, StatusJson } from '../../../src/api/types.ts';
import { breaches, flaws, type Look, remedies } from '../../tamper/law.ts';

const CLAIM = '192.0.2.1';
const OWN = '10.1.1.2';
const POOL = '10.1.1.0/24';

function statusWith(problems: StatusJson['problems'] = []): StatusJson {
  return {
    node: 'node1',
    version: '0',
    startedAt: '',
    bird: {
      connected: true,
      version: '2.0.12',
      socket: '',
      peers: [{ name: 'tor', state: 'Established', since: null }],
      lastPublish: { at: '', ok: true, code: '', message: '' },
      change: null,
    },
    pods: { total: 1, ready: 1 },
    addresses: { advertised: 1, withheld: 0 },
    problems,
  };
}

const POD = {
  name: 'web1',
  namespace: 'default',
  hostInterface: 'flock01',
  ip4: OWN,
  ip6: null,
  ready: true,
} as PodJson;
const ADDRESS = {
  address: CLAIM,
  state: 'advertised',
  reason: '',
  pods: [{ namespace: 'default', name: 'web1' }],
} as unknown as AddressJson;

/** A node on which all is well, but for what is said. */
function look(change: Partial<Look> & { problem?: string } = {}): Look {
  const { problem, ...rest } = change;
  const status = statusWith(problem === undefined ? [] : [{ code: 'x', message: problem }]);
  return { status, addresses: [ADDRESS], pods: [POD], routed: [CLAIM, POOL], silent: [], ...rest };
}

describe('the law of a node that is tampered with', () => {
  it('has nothing against one that answers', () => {
    expect(breaches(look(), [])).toEqual([]);
  });

  it('is broken by an announced address that does not answer while nothing is wrong', () => {
    expect(breaches(look({ silent: [CLAIM] }), [])).toEqual([
      `${CLAIM} is announced and does not answer, and status tells of no problem`,
    ]);
  });

  it('is broken by a silent address in an announced pool, and not where the pool is not announced', () => {
    expect(breaches(look({ silent: [OWN] }), [])).toHaveLength(1);
    expect(breaches(look({ silent: [OWN], routed: [CLAIM] }), [])).toEqual([]);
  });

  it('is kept by a silent address in an announced pool whose pod is not to be reached', () => {
    const pods: PodJson[] = [{ ...POD, ready: false, reason: 'unknownPod' }];
    expect(breaches(look({ silent: [OWN], pods }), [])).toEqual([]);
    expect(breaches(look({ silent: [CLAIM], pods }), [])).toHaveLength(1);
  });

  it.each(['notWired', 'podAltered'])('is broken where only `pods` says that it cannot be reached: %s', (reason) => {
    const pods: PodJson[] = [{ ...POD, ready: false, reason }];
    expect(breaches(look({ silent: [OWN], pods }), [])).toHaveLength(1);
    expect(breaches(look({ silent: [OWN], pods, problem: 'pod default/web1: flock01 is down' }), [])).toEqual([]);
  });

  it.each([
    ['the address', `${CLAIM} has lost its route`],
    ['its pod', 'default/web1 is altered'],
    ['its device', 'flock01 is down'],
    ['what was tampered with', 'the chain Forward drops'],
  ])('is kept where a problem names %s', (_what, problem) => {
    expect(breaches(look({ silent: [CLAIM], problem }), ['forward'])).toEqual([]);
  });

  it.each(['192.0.2.15 has lost its route', 'the folder is full'])(
    'is broken where the only problem is another one: %s',
    (problem) => {
      expect(breaches(look({ silent: [CLAIM], problem }), ['forward'])).toEqual([
        `${CLAIM} is announced and does not answer, and no problem says why: x (${problem})`,
      ]);
    },
  );

  it('is kept by an address that is silent and not announced', () => {
    const withheld: AddressJson = { ...ADDRESS, state: 'withheld', reason: 'notReady' };
    expect(breaches(look({ silent: [CLAIM], routed: [], addresses: [withheld] }), [])).toEqual([]);
  });

  it('is broken by an address that is called advertised and that the router does not have', () => {
    expect(breaches(look({ routed: [POOL] }), [])).toEqual([
      `${CLAIM} is called advertised and the router does not have it; status tells of no problem`,
    ]);
  });

  it('is broken by an address that is withheld for no reason', () => {
    const withheld: AddressJson = { ...ADDRESS, state: 'withheld' };
    expect(breaches(look({ routed: [POOL], addresses: [withheld] }), [])).toEqual([
      `${CLAIM} is withheld without a reason`,
    ]);
  });
});

describe('a node that must be whole', () => {
  const whole = { pods: ['web1'], claims: [CLAIM], pools: [POOL] };

  it('is, when all is there, answers, and nothing is wrong', () => {
    expect(flaws(look(), whole)).toEqual([]);
  });

  it.each<[string, Look]>([
    ['status has the problem x: a folder is full', look({ problem: 'a folder is full' })],
    [`${CLAIM} does not answer`, look({ silent: [CLAIM] })],
    [`the router does not have ${POOL}`, look({ routed: [CLAIM] })],
    ['the router has 192.0.2.9', look({ routed: [CLAIM, POOL, '192.0.2.9'] })],
    [`${CLAIM} is withheld notReady`, look({ addresses: [{ ...ADDRESS, state: 'withheld', reason: 'notReady' }] })],
    [`${CLAIM} is not listed`, look({ addresses: [] })],
    ['the pod web1 is not ready: notReady', look({ pods: [{ ...POD, ready: false, reason: 'notReady' }] })],
    ['the pod web1 is not listed', look({ pods: [] })],
  ])('is not: %s', (flaw, seen) => {
    expect(flaws(seen, whole)).toEqual([flaw]);
  });

  it('is not while BIRD is away, a session is down, or a change is held back', () => {
    const status = statusWith();
    const bird: StatusJson['bird'] = {
      ...status.bird,
      connected: false,
      peers: [{ name: 'tor', state: 'Active', since: null }],
      lastPublish: { at: '', ok: false, code: 'x', message: 'no answer' },
      change: { state: 'waits', since: '', message: 'it resets tor', resets: [] },
    };
    expect(flaws(look({ status: { ...status, bird } }), whole)).toEqual([
      'BIRD is not connected',
      'a change is not in force: waits, it resets tor',
      'the last publish has failed: no answer',
      'the session tor is Active',
    ]);
  });
});

it('an operator does what a problem says: restarts the session that it names, and no other', () => {
  expect(remedies(look())).not.toContain('birdc');
  expect(remedies(look({ problem: 'session tor: "birdc restart peer_tor" makes BIRD use it' }))).toContain(
    'birdc -s bird.ctl restart peer_tor',
  );
});
