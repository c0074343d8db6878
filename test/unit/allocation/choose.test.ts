import { describe, expect, it } from 'vitest';
import type { AllocationState } from '../../../src/allocation/allocation.ts';
import { type ChoiceFacts, chooseAllocation } from '../../../src/allocation/choose.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { FlockError } from '../../../src/errors.ts';
import { hostInterfaceNames } from '../../../src/model/names.ts';
import { parseAnnotations } from '../../../src/pods/annotations.ts';
import { address } from '../model/fixtures.ts';
import { allocation, stateOf } from './fixtures.ts';

const [FIRST_NAME = '', SECOND_NAME = ''] = hostInterfaceNames('c1');

/** A node with both pools, and 192.0.2.0/24 to be claimed by every namespace. */
function configOf(extra: Record<string, unknown> = {}) {
  const text = JSON.stringify({
    pools: { ipv4: '10.1.1.0/29', ipv6: '2001:db8:1:1::/64' },
    advertise: { allow: [{ prefixes: ['192.0.2.0/24'], namespaces: ['*'] }] },
    bgp: { asn: 64601 },
    ...extra,
  });
  return parseConfig(text, { hostname: 'node1' });
}

function factsOf(annotations: Record<string, string> = {}, changes: Partial<ChoiceFacts> = {}): ChoiceFacts {
  let turn = 0n;
  return {
    attachment: {
      ...{ containerId: 'c1', ifname: 'eth0', network: 'flock', netns: '/run/netns/a' },
      pod: { namespace: 'default', name: 'a' },
    },
    pod: undefined,
    wishes: parseAnnotations(new Map(Object.entries(annotations))).value,
    config: configOf(),
    host: { ownAddresses: new Set(), mtu: 1500, ipv6Fault: undefined },
    reserved: [],
    now: new Date('2026-01-02T03:04:05Z'),
    random: (limit) => (turn++ * 7n + 5n) % limit,
    ...changes,
  };
}

describe('the choice for a new attachment', () => {
  it('has both families, names, hardware addresses and the MTU, and is pending', () => {
    const { allocation: chosen, state, warnings } = chooseAllocation(stateOf(), factsOf());
    expect(chosen).toEqual({
      ...{ containerId: 'c1', ifname: 'eth0', network: 'flock', netns: '/run/netns/a' },
      pod: { namespace: 'default', name: 'a' },
      ...{ hostInterface: FIRST_NAME, hostMac: '02:00:00:00:00:0c', podMac: '02:00:00:00:00:13', mtu: 1500 },
      ...{ ip4: '10.1.1.2', ip6: '2001:db8:1:1::5', anycast: [], addresses: [], communities: [] },
      ...{ state: 'pending', allocatedAt: '2026-01-02T03:04:05.000Z' },
    });
    expect(state).toEqual({ ...stateOf([chosen]), lastIp4: '10.1.1.2' });
    expect(warnings).toEqual([]);
  });

  it.each<
    [
      what: string,
      annotations: Record<string, string>,
      changes: Partial<ChoiceFacts>,
      stored: AllocationState,
      ip4: string | undefined,
    ]
  >([
    ['the first address of the pool that is never kept back', {}, {}, stateOf(), '10.1.1.2'],
    ['the one after the last that was given', {}, {}, stateOf([], { lastIp4: address('10.1.1.4') }), '10.1.1.5'],
    ['none that another pod has', {}, {}, stateOf([allocation(1, { ip4: address('10.1.1.2') })]), '10.1.1.3'],
    ['none that is reserved', {}, { reserved: [address('10.1.1.2')] }, stateOf(), '10.1.1.3'],
    [
      'none that the host has',
      {},
      { host: { ownAddresses: new Set([address('10.1.1.2')]), mtu: 1500, ipv6Fault: undefined } },
      stateOf(),
      '10.1.1.3',
    ],
    ['one of the block that the pod asks for', { cidr4: '10.1.1.4/30' }, {}, stateOf(), '10.1.1.4'],
    ['none of a family that the pod does not want', { ipv4: 'false' }, {}, stateOf(), undefined],
  ])('gives %s', (_what, annotations, changes, stored, ip4) => {
    expect(chooseAllocation(stored, factsOf(annotations, changes)).allocation.ip4).toBe(ip4);
  });

  it.each<
    [
      what: string,
      annotations: Record<string, string>,
      changes: Partial<ChoiceFacts>,
      stored: AllocationState,
      code: string,
    ]
  >([
    [
      'a full pool',
      {},
      { reserved: ['10.1.1.2', '10.1.1.3', '10.1.1.4', '10.1.1.5', '10.1.1.6'].map(address) },
      stateOf(),
      'poolExhausted',
    ],
    ['a claim that no rule allows', { anycast: '198.51.100.1' }, {}, stateOf(), 'claimRefused'],
    [
      'a claim of the host’s own address',
      { anycast: '192.0.2.1' },
      { host: { ownAddresses: new Set([address('192.0.2.1')]), mtu: 1500, ipv6Fault: undefined } },
      stateOf(),
      'claimRefused',
    ],
    [
      'a claim of a family that the pod does not get',
      { anycast: '192.0.2.1', ipv4: 'false' },
      {},
      stateOf(),
      'familyMissing',
    ],
    [
      'IPv6 where the uplink is too small for it',
      {},
      { host: { ownAddresses: new Set(), mtu: 1200, ipv6Fault: 'too small' } },
      stateOf(),
      'wiringFailed',
    ],
    ['a block outside the pool', { cidr4: '10.9.0.0/24' }, {}, stateOf(), 'claimRefused'],
  ])('refuses %s', (_what, annotations, changes, stored, code) => {
    const choose = () => chooseAllocation(stored, factsOf(annotations, changes));
    expect(choose).toThrow(FlockError);
    expect(choose).toThrow(expect.objectContaining({ code }));
  });

  it('gives IPv4 alone where the uplink is too small for IPv6 and the pod wants none', () => {
    const host = { ownAddresses: new Set<never>(), mtu: 1200, ipv6Fault: 'too small' };
    const { allocation: chosen } = chooseAllocation(stateOf(), factsOf({ ipv6: 'false' }, { host }));
    expect([chosen.ip4, chosen.ip6, chosen.mtu]).toEqual(['10.1.1.2', undefined, 1200]);
  });

  it('takes the claims over as written, and another interface name where the first is taken', () => {
    const stored = stateOf([allocation(1, { hostInterface: FIRST_NAME })]);
    const { allocation: chosen } = chooseAllocation(stored, factsOf({ anycast: '192.0.2.2,192.0.2.1' }));
    expect(chosen).toMatchObject({ anycast: ['192.0.2.2', '192.0.2.1'], hostInterface: SECOND_NAME });
  });

  it('warns where ip-algo cannot be followed', () => {
    const config = configOf({ pools: { ipv4: '10.1.1.0/29', ipv6: '2001:db8:1:1::/120' } });
    const { warnings } = chooseAllocation(stateOf(), factsOf({ 'ip-algo': 'namespace,app' }, { config }));
    expect(warnings).toEqual([expect.stringContaining('ip-algo')]);
  });
});
