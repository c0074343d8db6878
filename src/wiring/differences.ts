import type { Change, Link, LinkAddress, Neighbour, Route } from '../kernel/ports.ts';
import { type Address, addressBits, type Family, familyOf } from '../model/address.ts';
import { POD_GATEWAYS } from '../model/gateways.ts';
import { formatPrefix, type Prefix, prefixOf } from '../model/prefix.ts';
import { DEFAULT_METRIC, DEFAULT4, DEFAULT6, GATEWAY6_LENGTH, LEADING_INTERFACE } from './constants.ts';
import { hardwareDifferences, hostHardware } from './hardware.ts';
import { guardSysctls, hostSysctls } from './sysctls.ts';
import type { Difference, ObservedPodSide, ObservedSide, PodWiring } from './types.ts';

/**
 * What must be done on the host's end to make it as desired, in that order. Empty when nothing differs. ADD applies the
 * fixes and CHECK reports the texts, so the two can never disagree about what is correct.
 */
export function hostDifferences(wiring: PodWiring, observed: ObservedSide): Difference[] {
  const { link } = observed;
  // A kernel without IPv6 has nothing to protect there.
  const guards = [...guardSysctls(wiring)].filter(([path]) => observed.sysctls.get(path) !== undefined);
  const sysctls = new Map([...guards, ...hostSysctls(wiring)]);
  const found = ownDifferences(wiring, link, sysctlDifferences(sysctls, observed.sysctls, 'host'));
  // A second link-local address would be a second, changing, source for what the pod sees of the host.
  for (const extra of observed.addresses.filter((a) => a.scope === 'link' && a.address !== POD_GATEWAYS[6])) {
    found.push(
      difference(`${link.name} has the link-local address ${extra.address}`, {
        kind: 'deleteAddress',
        linkIndex: link.index,
        address: extra.address,
        prefixLength: extra.prefixLength,
      }),
    );
  }
  if (wiring.ip6 !== undefined) {
    const gateway = [{ address: POD_GATEWAYS[6], length: GATEWAY6_LENGTH }];
    found.push(...addressDifferences(link.index, link.name, gateway, observed.addresses));
  }
  const routes = podAddresses(wiring).map((address) => deviceRoute(address, link.index, wiring.routeProtocol));
  found.push(...routeDifferences(routes, observed.routes, link.name));
  const reached = wiring.podMacKnown ? podAddresses(wiring) : [];
  found.push(...neighbourDifferences(link.index, link.name, reached, wiring.podMac, observed.neighbours));
  return found;
}

/** The differences that the link itself shows; those of its sysctls are placed among the others. */
export function ownDifferences(wiring: PodWiring, link: Link, sysctls: readonly Difference[] = []): Difference[] {
  const { hostInterface } = wiring;
  const found = [...hostHardware(wiring, link), ...linkDifferences(link, hostInterface, sysctls)];
  if (link.alias !== wiring.alias) {
    found.push(
      difference(`${link.name} has no alias of ours`, { kind: 'setLink', linkIndex: link.index, alias: wiring.alias }),
    );
  }
  return found;
}

/** The same for the pod's end. */
export function podDifferences(wiring: PodWiring, observed: ObservedPodSide): Difference[] {
  const { link, loopback } = observed;
  const name = `${link.name} in the pod`;
  const sysctls = sysctlDifferences(observed.sysctlsWanted, observed.sysctls, 'pod');
  const found = [
    ...hardwareDifferences(wiring.podMac, wiring.mtu, link, name),
    ...linkDifferences(link, name, sysctls),
  ];
  if (!loopback.up)
    found.push(difference('lo in the pod is down', { kind: 'setLink', linkIndex: loopback.index, up: true }));
  const own = [...podAddresses(wiring), ...wiring.addresses];
  found.push(...addressDifferences(link.index, link.name, own.map(hostAddress), observed.addresses));
  found.push(...addressDifferences(loopback.index, 'lo', wiring.anycast.map(hostAddress), observed.addresses));
  // In a pod a route's owner does not matter: one with the protocol number of an earlier configuration is correct all
  // the same.
  const protocol = wiring.routeProtocol;
  const routes = observed.routes.map((route) => ({ ...route, protocol }));
  found.push(...routeDifferences(podRoutes(wiring, link.index), routes, name));
  found.push(...neighbourDifferences(link.index, 'the pod', gateways(wiring), wiring.hostMac, observed.neighbours));
  return found;
}

/** Those of ip6 and ip4 that the pod has. */
function podAddresses(wiring: PodWiring): Address[] {
  return [wiring.ip6, wiring.ip4].filter((address) => address !== undefined);
}

function gateways(wiring: PodWiring): Address[] {
  return [
    ...(wiring.ip6 === undefined ? [] : [POD_GATEWAYS[6]]),
    ...(wiring.ip4 === undefined ? [] : [POD_GATEWAYS[4]]),
  ];
}

type WantedRoute = Extract<Change, { kind: 'replaceRoute' }>;

function deviceRoute(address: Address, linkIndex: number, protocol: number): WantedRoute {
  const family = familyOf(address);
  const destination = prefixOf(address, addressBits(family));
  return {
    kind: 'replaceRoute',
    destination,
    linkIndex,
    protocol,
    ...(family === 4 ? { scope: 'link' as const } : {}),
  };
}

/**
 * The pod's default routes. The preferred source is the pod's own address: a claimed one may be withheld at the moment,
 * and then no reply would reach the pod.
 *
 * The kernel keeps one route per destination and metric, so in a pod with several of our interfaces each further
 * default route has its own metric, the link's index: `eth0` is preferred, and the others are fallbacks.
 */
function podRoutes(wiring: PodWiring, linkIndex: number): WantedRoute[] {
  const { ip4, ip6, routeProtocol: protocol } = wiring;
  const leads = wiring.podInterface === LEADING_INTERFACE;
  const metric = (family: Family) => (leads ? {} : { metric: DEFAULT_METRIC[family] + linkIndex });
  const wayOut = (destination: Prefix, gateway: Address, preferredSource: Address): WantedRoute => ({
    ...{ kind: 'replaceRoute', destination, gateway, linkIndex, preferredSource, protocol },
    ...metric(destination.family),
  });
  const routes: WantedRoute[] = [];
  if (ip6 !== undefined) routes.push(wayOut(DEFAULT6, POD_GATEWAYS[6], ip6));
  if (ip4 !== undefined) {
    routes.push({ ...deviceRoute(POD_GATEWAYS[4], linkIndex, protocol), ...metric(4) });
    routes.push(wayOut(DEFAULT4, POD_GATEWAYS[4], ip4));
  }
  return routes;
}

/**
 * Address generation mode, sysctls, and up. The mode must be set before the kernel makes its link-local address: before
 * the link first comes up, and before IPv6 is switched on (disable_ipv6) on one that is up. It is undefined without
 * IPv6: then the kernel makes none.
 */
function linkDifferences(link: Link, name: string, sysctls: readonly Difference[]): Difference[] {
  const linkIndex = link.index;
  const mode: Difference[] = [];
  if (link.addrGenMode !== undefined && link.addrGenMode !== 1)
    mode.push(
      difference(`${name} generates link-local addresses`, { kind: 'setLink', linkIndex, addrGenModeNone: true }),
    );
  if (link.up) return [...mode, ...sysctls];
  // For a link that is down, everything is sent to the kernel together, which is faster.
  return [...sysctls, ...mode, difference(`${name} is down`, { kind: 'setLink', linkIndex, up: true })];
}

function hostAddress(address: Address): { address: Address; length: number } {
  return { address, length: addressBits(familyOf(address)) };
}

function addressDifferences(
  linkIndex: number,
  name: string,
  wanted: readonly { address: Address; length: number }[],
  observed: readonly LinkAddress[],
): Difference[] {
  const usable = new Set(
    observed.filter((a) => a.linkIndex === linkIndex && !a.tentative).map((a) => `${a.address}/${a.prefixLength}`),
  );
  return wanted
    .filter(({ address, length }) => !usable.has(`${address}/${length}`))
    .map(({ address, length }) =>
      difference(`${name} lacks the address ${address}/${length}`, {
        kind: 'replaceAddress',
        linkIndex,
        address,
        prefixLength: length,
      }),
    );
}

function routeDifferences(wanted: readonly WantedRoute[], observed: readonly Route[], name: string): Difference[] {
  const have = new Set(observed.map((route) => routeKey(route)));
  return wanted
    .filter((route) => !have.has(routeKey(route)))
    .map((route) => {
      const via = route.gateway === undefined ? '' : ` via ${route.gateway}`;
      return difference(`the route ${formatPrefix(route.destination)}${via} on ${name} is missing or different`, route);
    });
}

/**
 * Neither end has to resolve the other, whatever a sandbox has set or inherited: with `arp_ignore` 2 or 8 it would
 * answer no request of the host's. Nor do permanent entries count towards the limits of the neighbour tables
 * (gc_thresh3).
 * @param subject the end that lacks an entry, for the texts.
 */
function neighbourDifferences(
  linkIndex: number,
  subject: string,
  addresses: readonly Address[],
  mac: string,
  observed: readonly Neighbour[],
): Difference[] {
  return addresses
    .filter((address) => {
      const entry = observed.find((known) => known.linkIndex === linkIndex && known.address === address);
      return entry?.permanent !== true || entry.mac !== mac;
    })
    .map((address) =>
      difference(`${subject} has no permanent neighbour entry for ${address} with the MAC ${mac}`, {
        ...{ kind: 'replaceNeighbour', linkIndex, address, mac },
      }),
    );
}

function routeKey(route: Route | WantedRoute): string {
  const { destination, gateway, linkIndex, preferredSource, protocol, scope = 'global' } = route;
  const { metric = DEFAULT_METRIC[destination.family] } = route;
  return [formatPrefix(destination), linkIndex, gateway, preferredSource, protocol, scope, metric].join(' ');
}

function sysctlDifferences(
  wanted: ReadonlyMap<string, string>,
  observed: ReadonlyMap<string, string | undefined>,
  side: string,
): Difference[] {
  return [...wanted]
    .filter(([path, value]) => observed.get(path) !== value)
    .map(([path, value]) => ({
      text: `sysctl ${path} on the ${side} is ${observed.get(path) ?? 'missing'}, not ${value}`,
      fix: { kind: 'sysctl', path, value },
    }));
}

function difference(text: string, change: Change): Difference {
  return { text, fix: { kind: 'change', change } };
}
