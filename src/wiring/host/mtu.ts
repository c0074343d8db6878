import type { Link, NetworkNamespace, NextHop, Route } from '../../kernel/ports.ts';
import type { Address } from '../../model/address.ts';
import { ANNOTATION_PREFIX, isHostInterfaceName } from '../../model/names.ts';
import { DEFAULT_MTU, IPV6_LEAST_MTU } from '../constants.ts';

/** The MTU for pods, in bytes, and its source, for messages. */
export interface PodMtu {
  readonly bytes: number;
  readonly source: string;
}

/**
 * Why pods cannot have IPv6 with this MTU, with the remedy; undefined when they can. The kernel has no IPv6 on a link
 * with an MTU below IPV6_MIN_MTU (RFC 8200, section 5).
 */
export function ipv6MtuFault({ bytes, source }: PodMtu): string | undefined {
  if (bytes >= IPV6_LEAST_MTU) return undefined;
  return `the MTU for pods is ${bytes} bytes (mtu: auto takes that of ${source}), and IPv6 needs ${IPV6_LEAST_MTU}: raise the MTU of ${source}, set mtu in flock.yaml, or give the pod no IPv6 (annotation ${ANNOTATION_PREFIX}ipv6: "false", or defaults.ipv6)`;
}

/**
 * The MTU for pods when the configuration says `auto`: that of the path to the first reachable peer, else of the
 * default route, else 1500 bytes. For a path with several next hops, inline or as a nexthop group, the smallest counts.
 * @param routes including the default routes of the host.
 * @param known the links, if they have been read already.
 */
export async function uplinkMtu(
  host: NetworkNamespace,
  peers: readonly Address[],
  routes: readonly Route[],
  known?: readonly Link[],
): Promise<PodMtu> {
  const links = new Map((known ?? (await host.links())).map((link) => [link.index, link]));
  const nextHops = new Map((await host.nextHops()).map((hop) => [hop.id, hop]));
  for (const peer of peers) {
    const route = await host.routeEntry(peer);
    const mtu = route === undefined ? undefined : mtuOf(route, links, nextHops);
    if (mtu !== undefined) return mtu;
  }
  const defaults = routes.filter(({ destination }) => destination.length === 0);
  for (const route of defaults.sort((a, b) => a.metric - b.metric)) {
    const mtu = mtuOf(route, links, nextHops);
    if (mtu !== undefined) return mtu;
  }
  return { bytes: DEFAULT_MTU, source: 'the default' };
}

/** The smallest MTU of a route's next hops, or that of the route itself where it is smaller. */
function mtuOf(
  route: Route,
  links: ReadonlyMap<number, Link>,
  nextHops: ReadonlyMap<number, NextHop>,
): PodMtu | undefined {
  let smallest: PodMtu | undefined;
  for (const index of linksOf(route, nextHops)) {
    const link = links.get(index);
    // The kernel sends packets to its own addresses over lo, whose 65536 bytes say nothing about the network.
    if (link === undefined || link.name === 'lo' || isHostInterfaceName(link.name)) continue;
    if (smallest === undefined || link.mtu < smallest.bytes) smallest = { bytes: link.mtu, source: link.name };
  }
  if (smallest === undefined || route.mtu === undefined || route.mtu >= smallest.bytes) return smallest;
  return { bytes: route.mtu, source: `the route over ${smallest.source}` };
}

/** Indexes of the links that a route leads over. */
function linksOf(route: Route, nextHops: ReadonlyMap<number, NextHop>): number[] {
  if (route.nextHopId === undefined) return defined([route.linkIndex, ...route.multipath.map((hop) => hop.linkIndex)]);
  const object = nextHops.get(route.nextHopId);
  return defined([object?.linkIndex, ...(object?.group ?? []).map((id) => nextHops.get(id)?.linkIndex)]);
}

function defined(indexes: readonly (number | undefined)[]): number[] {
  return indexes.filter((index) => index !== undefined);
}
