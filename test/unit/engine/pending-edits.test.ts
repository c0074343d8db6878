import { describe, expect, it } from 'vitest';
import type { Allocation } from '../../../src/allocation/allocation.ts';
import { pendingEdits } from '../../../src/engine/pending-edits.ts';
import { address, community } from '../model/fixtures.ts';

const GIVEN: Allocation = {
  containerId: 'c1',
  ifname: 'eth0',
  pod: { namespace: 'shop', name: 'web', uid: 'u1' },
  netns: '/run/netns/c1',
  hostInterface: 'flock00000001',
  hostMac: '02:00:00:00:00:01',
  podMac: '02:00:00:00:00:02',
  mtu: 1500,
  ip4: address('10.1.1.2'),
  ip6: undefined,
  anycast: [address('192.0.2.1')],
  addresses: [],
  communities: [{ address: undefined, community: community('64600:100') }],
  state: 'committed',
  allocatedAt: '2026-01-01T00:00:00.000Z',
};

/** The messages for a pod whose manifest has these annotations now. */
function told(changes: Record<string, string>, uid: string | undefined = 'u1'): string[] {
  const annotations = { communities: '64600:100', ...changes };
  const pod = {
    namespace: 'shop',
    name: 'web',
    uid,
    annotations: new Map(Object.entries(annotations)),
    app: '',
    image: '',
  };
  return pendingEdits([GIVEN], { pods: new Map([['shop/web', pod]]) }).map(({ message }) => message);
}

describe('an annotation edited after ADD', () => {
  it('is no edit when it asks for what the pod has', () => {
    expect(told({ anycast: ' 192.0.2.1/32 ', ipv6: 'false' })).toEqual([]);
    expect(told({ anycast: '192.0.2.1' })).toEqual([]);
  });

  it('is pending when it asks for another address, with both addresses, the pod and the remedy', () => {
    const [message, ...others] = told({ anycast: '192.0.2.2' });
    expect(others).toEqual([]);
    for (const part of [
      'shop/web',
      'eth0',
      'c1',
      'asks for 192.0.2.2',
      'no longer names 192.0.2.1',
      'delete and add',
    ]) {
      expect(message).toContain(part);
    }
  });

  it('is pending when it moves an address to the other list', () => {
    expect(told({ addresses: '192.0.2.1' })[0]).toMatch(
      /anycast no longer names 192\.0\.2\.1.*addresses asks for 192\.0\.2\.1/,
    );
  });

  it('is pending when it asks for a family more or less', () => {
    expect(told({ anycast: '192.0.2.1', ipv6: 'true' })[0]).toContain('ipv6 is true now');
    expect(told({ anycast: '192.0.2.1', ipv4: 'false' })[0]).toContain('10.1.1.2');
  });

  it('is pending when it asks for other communities, or for one on another address', () => {
    const anycast = '192.0.2.1';
    expect(told({ anycast, communities: ' 64600:100, 64600:100' })).toEqual([]);
    expect(told({ anycast, communities: '64600:100, 192.0.2.1/32=64600:1:2' })[0]).toContain(
      'annotation communities asks for 192.0.2.1=64600:1:2, which it was not given',
    );
    expect(told({ anycast, communities: '192.0.2.1=64600:100' })[0]).toMatch(
      /communities asks for 192\.0\.2\.1=64600:100.*communities no longer names 64600:100, which it still has/,
    );
    expect(told({ anycast, communities: '' })[0]).toContain('no longer names 64600:100');
  });

  it('is told with its fault when it cannot be read', () => {
    expect(told({ anycast: 'nonsense' })[0]).toMatch(/nonsense.*keeps what it was given/);
  });

  it('of another pod of the same name, or of no pod at all, is none', () => {
    expect(told({ anycast: '192.0.2.2' }, 'u2')).toEqual([]);
    expect(pendingEdits([GIVEN], { pods: new Map() })).toEqual([]);
  });
});
