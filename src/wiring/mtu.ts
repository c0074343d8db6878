import type { NetworkNamespace, Route } from '../kernel/ports.ts';
import type { Address } from '../model/address.ts';
import { DEFAULT_MTU, DEFAULT4, DEFAULT6 } from './constants.ts';

/**
 * The MTU for pods where the configuration says `auto`: that of the device towards the first peer that can be reached,
 * else of the default route, else 1500 bytes.
 * @param routes with the default routes of the host among them.
 */
export async function uplinkMtu(
  host: NetworkNamespace,
  peers: readonly Address[],
  routes: readonly Route[],
): Promise<number> {
  for (const peer of peers) {
    const route = await host.routeTo(peer);
    const mtu = await mtuOf(host, route?.linkIndex);
    if (mtu !== undefined) return mtu;
  }
  const defaults = routes
    .filter(
      ({ destination }) =>
        destination.length === 0 && [DEFAULT4.network, DEFAULT6.network].includes(destination.network),
    )
    .sort((a, b) => a.metric - b.metric);
  for (const route of defaults) {
    const mtu = await mtuOf(host, route.linkIndex);
    if (mtu !== undefined) return mtu;
  }
  return DEFAULT_MTU;
}

async function mtuOf(host: NetworkNamespace, linkIndex: number | undefined): Promise<number | undefined> {
  if (linkIndex === undefined) return undefined;
  const link = (await host.links()).find((candidate) => candidate.index === linkIndex);
  // lo is where the kernel sends what is its own: its 65536 bytes say nothing about the network.
  return link === undefined || link.name === 'lo' ? undefined : link.mtu;
}
