import type { Allocation } from '../allocation/types.ts';
import type { Config } from '../config/types.ts';
import { formatAlias } from './alias.ts';
import type { PodWiring } from './types.ts';

/** What the kernel must have for an allocation. */
export function wiringOf(allocation: Allocation, config: Pick<Config, 'routeProtocol'>): PodWiring {
  const { containerId, ifname, network, pod } = allocation;
  return {
    hostInterface: allocation.hostInterface,
    podInterface: ifname,
    hostMac: allocation.hostMac,
    podMac: allocation.podMac,
    // Rebuilding leaves the path empty if it finds no sandbox; the MAC may then be invented.
    podMacKnown: allocation.netns !== '',
    mtu: allocation.mtu,
    alias: formatAlias({ containerId, ifname, network, namespace: pod.namespace, podName: pod.name }),
    ip6: allocation.ip6,
    ip4: allocation.ip4,
    anycast: allocation.anycast,
    addresses: allocation.addresses,
    routeProtocol: config.routeProtocol,
  };
}
