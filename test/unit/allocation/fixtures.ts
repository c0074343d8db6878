import type { Allocation, AllocationState } from '../../../src/allocation/allocation.ts';
import { address } from '../model/fixtures.ts';

/** A committed dual-stack allocation; `number` from 1 to 250 makes everything in it its own. */
export function allocation(number: number, changes: Partial<Allocation> = {}): Allocation {
  const hex = number.toString(16).padStart(8, '0');
  return {
    containerId: `container${number}`,
    ifname: 'eth0',
    pod: { namespace: 'default', name: `pod-${number}`, uid: `uid-${number}` },
    netns: `/run/netns/pod-${number}`,
    hostInterface: `flock${hex}`,
    hostMac: `02:00:00:00:00:${hex.slice(-2)}`,
    podMac: `02:00:00:00:01:${hex.slice(-2)}`,
    mtu: 1500,
    ip6: address(`2001:db8:1:1::${number + 16}`),
    ip4: address(`10.1.1.${number + 1}`),
    anycast: [],
    addresses: [],
    communities: [],
    state: 'committed',
    allocatedAt: '2025-01-02T03:04:05.678Z',
    ...changes,
  };
}

/** A state of node1 with these allocations. */
export function stateOf(
  allocations: readonly Allocation[] = [],
  changes: Partial<AllocationState> = {},
): AllocationState {
  return { node: 'node1', routerId: undefined, lastIp4: undefined, allocations, ...changes };
}
