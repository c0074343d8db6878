import type { Change, ChangeResult, NextHop, Route, RouteTaken, RouteTo } from '../../src/kernel/ports.ts';
import { type Address, addressBits, type Family, familyOf } from '../../src/model/address.ts';
import { prefixContains } from '../../src/model/prefix.ts';
import { isLinkLocal, OK, refuse, type Tables } from './kernel-tables.ts';

type Of<K extends Change['kind']> = Extract<Change, { kind: K }>;

/** IP6_RT_PRIO_USER (include/net/ip6_route.h). */
const METRIC6 = 1024;
const LOOPBACK_INDEX = 1;

/** Whether packets to the address end here. */
export function isOwnAddress(tables: Tables, address: Address, linkIndex?: number): boolean {
  return tables.addresses.some(
    (entry) =>
      entry.address === address && !entry.tentative && (linkIndex === undefined || entry.linkIndex === linkIndex),
  );
}

/** Errno for a device that cannot be a next hop's. */
function deviceError(tables: Tables, linkIndex: number): string | undefined {
  const link = tables.links.get(linkIndex);
  if (link === undefined) return 'ENODEV';
  return link.up ? undefined : 'ENETDOWN';
}

/** Errno for a gateway that the kernel would not take. */
function gatewayError(
  tables: Tables,
  gateway: Address,
  linkIndex: number | undefined,
  onlink: boolean,
): string | undefined {
  const family = familyOf(gateway);
  const throughLoopback = family === 6 && linkIndex === LOOPBACK_INDEX;
  // An own address of another link is no gateway either, except an IPv4 one that is looked up, and link-local ones.
  const perLink = isLinkLocal(gateway) || (family === 4 && !onlink);
  const isOwn = isOwnAddress(tables, gateway, perLink ? linkIndex : undefined);
  if (onlink) {
    if (throughLoopback) return 'EINVAL';
    if (linkIndex === undefined) return family === 4 ? 'EINVAL' : 'ENODEV';
    return isOwn || leadsElsewhere(tables, gateway, linkIndex) ? 'EINVAL' : undefined;
  }
  if (isOwn && family === 6) return 'EINVAL';
  if (isLinkLocal(gateway)) return linkIndex === undefined ? 'EINVAL' : undefined;
  const direct = lookup(
    tables,
    gateway,
    (route) =>
      (family === 6 || route.scope === 'link') && (linkIndex === undefined || deviceOf(tables, route) === linkIndex),
  );
  if (direct !== undefined && direct.gateway === undefined && direct.nextHopId === undefined)
    return throughLoopback ? 'EINVAL' : undefined;
  if (isOwn) return (linkIndex === undefined ? undefined : deviceError(tables, linkIndex)) ?? 'EINVAL';
  return family === 4 ? 'ENETUNREACH' : 'EHOSTUNREACH';
}

/**
 * An onlink IPv6 gateway must not have a route over another device, the default route apart
 * (ip6_route_check_nh_onlink in net/ipv6/route.c).
 */
function leadsElsewhere(tables: Tables, gateway: Address, linkIndex: number): boolean {
  if (familyOf(gateway) === 4) return false;
  const best = lookup(tables, gateway, (route) => route.destination.length > 0);
  return best !== undefined && deviceOf(tables, best) !== linkIndex;
}

function deviceOf(tables: Tables, route: Route): number | undefined {
  return route.nextHopId === undefined ? route.linkIndex : leafOf(tables, route.nextHopId)?.linkIndex;
}

/** RTM_NEWROUTE with NLM_F_CREATE | NLM_F_REPLACE. */
export function replaceRoute(tables: Tables, change: Of<'replaceRoute'>): ChangeResult {
  const { destination, gateway, preferredSource, nextHopId } = change;
  const { family } = destination;
  if ([gateway, preferredSource].some((address) => address !== undefined && familyOf(address) !== family)) {
    return refuse('EINVAL');
  }
  let linkIndex = change.linkIndex;
  if (nextHopId !== undefined) {
    const hop = tables.nextHops.get(nextHopId);
    if (hop === undefined || linkIndex !== undefined || gateway !== undefined) return refuse('EINVAL');
    // An IPv4 route may go through an IPv6 gateway, not the other way round (fib6_check_nexthop).
    if (family === 6 && familiesOf(tables, hop).includes(4)) return refuse('EINVAL');
  } else {
    const error = hopError(tables, family, change);
    if (error !== undefined) return refuse(error);
    if (linkIndex === undefined) {
      if (gateway === undefined) return refuse(family === 4 ? 'ENODEV' : 'ENODEV');
      linkIndex = lookup(tables, gateway)?.linkIndex;
    }
  }
  if (preferredSource !== undefined && !isOwnAddress(tables, preferredSource)) return refuse('EINVAL');
  const route: Route = {
    destination,
    linkIndex,
    gateway,
    preferredSource,
    protocol: change.protocol,
    scope: family === 4 ? (change.scope ?? 'global') : 'global',
    onlink: nextHopId === undefined && change.onlink === true,
    metric: change.metric ?? (family === 6 ? METRIC6 : 0),
    nextHopId,
    multipath: [],
  };
  const same = tables.routes.findIndex((other) => sameRoute(other, route));
  if (same !== -1 && change.exclusive === true) return refuse('EEXIST');
  if (same === -1) tables.routes.push(route);
  else tables.routes[same] = route;
  return OK;
}

/** Errno for an inline next hop, in the order in which the kernel looks (fib_check_nh_v4_gw, fib6_nh_init). */
function hopError(tables: Tables, family: Family, change: Of<'replaceRoute'>): string | undefined {
  const { linkIndex, gateway, onlink } = change;
  const device = linkIndex === undefined ? undefined : deviceError(tables, linkIndex);
  if (gateway === undefined) return device;
  const gatewayFirst = onlink !== true && (family === 4 || device === 'ENETDOWN');
  const byGateway = gatewayError(tables, gateway, linkIndex, onlink === true);
  return gatewayFirst ? (byGateway ?? device) : (device ?? byGateway);
}

/** What the kernel overwrites: the same prefix and metric, whatever the protocol. */
function sameRoute(a: Route, b: Route): boolean {
  return (
    a.destination.network === b.destination.network &&
    a.destination.length === b.destination.length &&
    a.metric === b.metric
  );
}

/** RTM_DELROUTE: of those that match the one with the lowest metric. */
export function deleteRoute(tables: Tables, change: Of<'deleteRoute'>): ChangeResult {
  const { destination, protocol, metric, linkIndex } = change;
  const matching = tables.routes.filter(
    (route) =>
      route.destination.network === destination.network &&
      route.destination.length === destination.length &&
      route.protocol === protocol &&
      (metric === undefined || metric === 0 || route.metric === metric) &&
      (linkIndex === undefined || route.linkIndex === linkIndex),
  );
  const lowest = matching.sort((a, b) => a.metric - b.metric)[0];
  tables.routes = tables.routes.filter((route) => route !== lowest);
  return OK;
}

/** RTM_NEWNEXTHOP of an onlink leaf. */
export function replaceLeaf(tables: Tables, change: Of<'replaceNextHop'>): ChangeResult {
  const { id, protocol, family, linkIndex, gateway } = change;
  if (familyOf(gateway) !== family) return refuse('EINVAL');
  if (!tables.links.has(linkIndex)) return refuse('EINVAL');
  const error = deviceError(tables, linkIndex) ?? gatewayError(tables, gateway, linkIndex, true);
  if (error !== undefined) return refuse(error);
  if (tables.nextHops.get(id)?.group.length) return refuse('EINVAL');
  if (family === 4 && servesIPv6(tables, id)) return refuse('EINVAL');
  tables.nextHops.set(id, { id, protocol, family, linkIndex, gateway, group: [] });
  return OK;
}

/** RTM_NEWNEXTHOP of a group. */
export function replaceGroup(tables: Tables, change: Of<'replaceNextHopGroup'>): ChangeResult {
  const { id, protocol, members } = change;
  const leaves = members.map((member) => tables.nextHops.get(member));
  const sound = leaves.every((leaf) => leaf !== undefined && leaf.group.length === 0);
  if (members.length === 0 || !sound || new Set(members).size !== members.length) return refuse('EINVAL');
  const old = tables.nextHops.get(id);
  if (old !== undefined && old.group.length === 0) return refuse('EINVAL');
  if (leaves.some((leaf) => leaf?.family === 4) && servesIPv6(tables, id)) return refuse('EINVAL');
  tables.nextHops.set(id, {
    id,
    protocol,
    family: undefined,
    linkIndex: undefined,
    gateway: undefined,
    group: [...members],
  });
  return OK;
}

/** Whether an IPv6 route uses the object, or a group that it is in. */
function servesIPv6(tables: Tables, id: number): boolean {
  return tables.routes.some(({ destination, nextHopId }) => {
    if (destination.family === 4 || nextHopId === undefined) return false;
    return nextHopId === id || tables.nextHops.get(nextHopId)?.group.includes(id) === true;
  });
}

function familiesOf(tables: Tables, hop: NextHop): (Family | undefined)[] {
  return hop.group.length === 0 ? [hop.family] : hop.group.map((member) => tables.nextHops.get(member)?.family);
}

/** The route that a packet to the address takes: longest prefix, then lowest metric. */
export function lookup(
  tables: Tables,
  address: Address,
  which: (route: Route) => boolean = () => true,
  among: readonly Route[] = tables.routes,
): Route | undefined {
  const matching = among.filter((route) => which(route) && prefixContains(route.destination, address));
  return matching.sort((a, b) => b.destination.length - a.destination.length || a.metric - b.metric)[0];
}

/** RT_TABLE_MAIN and RT_TABLE_LOCAL (linux/rtnetlink.h). */
const MAIN = 254;
const LOCAL = 255;
/** RTPROT_KERNEL (linux/rtnetlink.h). */
const KERNEL_PROTOCOL = 2;

/** The route that the kernel takes to an address. Without rules of its own a host keeps IPv4's local table in the main one. */
export function routeTaken(tables: Tables, address: Address): RouteTaken | undefined {
  const family = familyOf(address);
  const own = tables.addresses.find((entry) => entry.address === address && !entry.tentative);
  if (own !== undefined) {
    const destination = { family, network: address, length: addressBits(family) };
    const table = family === 4 ? MAIN : LOCAL;
    return { destination, protocol: KERNEL_PROTOCOL, table, linkIndex: own.linkIndex, local: true };
  }
  // Routes to the address alone come before all others, and thousands of addresses are asked for at once.
  const exact = tables.routes.filter(({ destination }) => destination.network === address);
  const route =
    lookup(tables, address, ({ destination }) => destination.length === addressBits(family), exact) ??
    lookup(tables, address);
  if (route === undefined) return undefined;
  const hop = route.nextHopId === undefined ? undefined : tables.nextHops.get(route.nextHopId);
  const linkIndex = hop === undefined ? route.linkIndex : hop.linkIndex;
  return { destination: route.destination, protocol: route.protocol, table: MAIN, linkIndex, local: false };
}

/** How the kernel would reach an address. */
export function routeTo(tables: Tables, address: Address): RouteTo | undefined {
  if (isOwnAddress(tables, address)) {
    return { linkIndex: LOOPBACK_INDEX, preferredSource: address, gateway: undefined };
  }
  const route = lookup(tables, address);
  if (route === undefined) return undefined;
  const hop = route.nextHopId === undefined ? route : leafOf(tables, route.nextHopId);
  if (hop?.linkIndex === undefined) return undefined;
  const family = familyOf(address);
  const source = (entry: { address: Address; scope: string }): boolean =>
    familyOf(entry.address) === family && entry.scope === 'global';
  const onDevice = tables.addresses.find((entry) => entry.linkIndex === hop.linkIndex && source(entry));
  const preferredSource = route.preferredSource ?? (onDevice ?? tables.addresses.find(source))?.address;
  return { linkIndex: hop.linkIndex, preferredSource, gateway: hop.gateway };
}

function leafOf(tables: Tables, id: number): NextHop | undefined {
  const hop = tables.nextHops.get(id);
  return hop?.group[0] === undefined ? hop : tables.nextHops.get(hop.group[0]);
}
