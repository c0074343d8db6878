import type { ChangeResult, Link, LinkAddress, Neighbour, NextHop, Route } from '../../src/kernel/ports.ts';
import { type Address, addressFromBytes, addressToBytes, familyOf, parseAddress } from '../../src/model/address.ts';
import { prefixOf } from '../../src/model/prefix.ts';
import { addSysctls, perInterface } from './kernel-sysctls.ts';

/** A link of a fake namespace. */
export interface FakeLink extends Omit<Link, 'peerIndex' | 'addrGenMode' | 'carrier'> {
  mac: string;
  mtu: number;
  up: boolean;
  alias: string | undefined;
  addrGenMode: number;
  carrierChanges: number;
  master?: number;
  noArp?: true;
  /** The other end of a veth and where it is. */
  peer: { tables: Tables; index: number } | undefined;
}

/** What one fake namespace has. */
export interface Tables {
  readonly links: Map<number, FakeLink>;
  addresses: LinkAddress[];
  routes: Route[];
  neighbours: Neighbour[];
  readonly nextHops: Map<number, NextHop>;
  readonly sysctls: Map<string, string>;
  nextLinkIndex: number;
}

export const OK: ChangeResult = { ok: true };

/** A refusal as the kernel would give it. */
export function refuse(errno: string): ChangeResult {
  return { ok: false, errno, message: undefined };
}

const LOOPBACK_INDEX = 1;
/** RTPROT_KERNEL (linux/rtnetlink.h). */
const KERNEL_PROTOCOL = 2;
/** IP6_RT_PRIO_ADDRCONF (include/net/ip6_route.h). */
const CONNECTED_METRIC6 = 256;

/** A namespace with nothing but a loopback that is down. */
export function emptyTables(): Tables {
  const tables: Tables = {
    links: new Map(),
    addresses: [],
    routes: [],
    neighbours: [],
    nextHops: new Map(),
    sysctls: new Map([
      ['net/ipv4/ip_forward', '0'],
      ['net/ipv4/fib_multipath_hash_policy', '0'],
      ['net/ipv6/fib_multipath_hash_policy', '0'],
    ]),
    nextLinkIndex: LOOPBACK_INDEX,
  };
  for (const scope of ['all', 'default']) addSysctls(tables.sysctls, scope);
  addLink(tables, { name: 'lo', kind: undefined, mac: '00:00:00:00:00:00', mtu: 65536 });
  return tables;
}

/** Adds a link with the next free index. */
export function addLink(
  tables: Tables,
  link: { name: string; kind: string | undefined; mac: string; mtu: number },
): FakeLink {
  const index = tables.nextLinkIndex++;
  // A veth is born with a carrier that is taken off at once (veth_newlink in drivers/net/veth.c).
  const carrierChanges = link.kind === 'veth' ? 1 : 0;
  const fresh = { index, up: false, alias: undefined, addrGenMode: 0, carrierChanges, peer: undefined };
  const added: FakeLink = { ...link, ...fresh };
  tables.links.set(index, added);
  addSysctls(tables.sysctls, link.name);
  return added;
}

/** The link as the kernel lists it. */
export function describeLink(link: FakeLink, tables: Tables): Link {
  const { index, name, kind, mac, mtu, up, alias, carrierChanges, peer } = link;
  const ipv6 = tables.sysctls.get(`net/ipv6/conf/${name}/disable_ipv6`) !== undefined;
  return {
    index,
    name,
    kind,
    mac,
    mtu,
    up,
    carrier: isRunning(link),
    alias,
    addrGenMode: ipv6 ? link.addrGenMode : undefined,
    peerIndex: peer?.index,
    carrierChanges,
    ...(link.master === undefined ? {} : { master: link.master }),
    ...(link.noArp === undefined ? {} : { noArp: link.noArp }),
  };
}

/** Whether packets pass: a veth needs both ends up. */
export function isRunning(link: FakeLink): boolean {
  return link.up && (link.peer === undefined || link.peer.tables.links.get(link.peer.index)?.up === true);
}

/** Brings a link up, with what the kernel adds by itself: loopback addresses, and link-local ones where not told otherwise. */
export function bringUp(tables: Tables, link: FakeLink): void {
  if (link.up) return;
  link.up = true;
  if (link.index === LOOPBACK_INDEX) {
    addAddress(tables, { linkIndex: 1, address: known('127.0.0.1'), prefixLength: 8, scope: 'host', tentative: false });
    addAddress(tables, { linkIndex: 1, address: known('::1'), prefixLength: 128, scope: 'host', tentative: false });
  }
  for (const address of tables.addresses) if (address.linkIndex === link.index) addConnectedRoute(tables, address);
  if (!isRunning(link)) return;
  generateLinkLocal(tables, link);
  const other = link.peer?.tables.links.get(link.peer.index);
  if (link.peer === undefined || other === undefined) return;
  generateLinkLocal(link.peer.tables, other);
  link.carrierChanges += 1;
  other.carrierChanges += 1;
}

/** `ip link set … down`: the kernel takes what leads through the link, and its IPv6 addresses. */
export function takeDown(tables: Tables, link: FakeLink): void {
  if (!link.up) return;
  const other = isRunning(link) ? link.peer?.tables.links.get(link.peer.index) : undefined;
  link.up = false;
  link.carrierChanges += other === undefined ? 0 : 1;
  if (other !== undefined) other.carrierChanges += 1;
  tables.addresses = tables.addresses.filter(
    (entry) => entry.linkIndex !== link.index || familyOf(entry.address) === 4,
  );
  removeRoutesThrough(tables, link);
}

/** Address generation mode 0, EUI-64 (RFC 4291, appendix A). It stays tentative here: the fake has no clock. */
function generateLinkLocal(tables: Tables, link: FakeLink): void {
  const disabled = tables.sysctls.get(`net/ipv6/conf/${link.name}/disable_ipv6`) === '1';
  if (link.index === LOOPBACK_INDEX || link.addrGenMode !== 0 || disabled) return;
  const mac = link.mac.split(':').map((pair) => Number.parseInt(pair, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac;
  const address = addressFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f));
  if (tables.addresses.some((entry) => entry.linkIndex === link.index && entry.address === address)) return;
  addAddress(tables, { linkIndex: link.index, address, prefixLength: 64, scope: 'link', tentative: true });
}

/** Adds an address and its connected route. */
export function addAddress(tables: Tables, address: LinkAddress): void {
  tables.addresses.push(address);
  if (tables.links.get(address.linkIndex)?.up === true) addConnectedRoute(tables, address);
}

/** IPv4 has one unless the prefix is a host's (fib_add_ifaddr), on a loopback it is in the local table; IPv6 always has. */
function addConnectedRoute(tables: Tables, { linkIndex, address, prefixLength, scope }: LinkAddress): void {
  const family = familyOf(address);
  if (scope === 'host' || (family === 4 && (prefixLength === 32 || linkIndex === LOOPBACK_INDEX))) return;
  const destination = prefixOf(address, prefixLength);
  const metric = family === 6 ? CONNECTED_METRIC6 : 0;
  const known = tables.routes.some(
    (route) =>
      route.protocol === KERNEL_PROTOCOL &&
      route.linkIndex === linkIndex &&
      route.destination.network === destination.network &&
      route.destination.length === prefixLength,
  );
  if (known) return;
  tables.routes.push({
    destination,
    linkIndex,
    gateway: undefined,
    preferredSource: family === 4 ? address : undefined,
    protocol: KERNEL_PROTOCOL,
    scope: family === 4 ? 'link' : 'global',
    onlink: false,
    metric,
    nextHopId: undefined,
    multipath: [],
  });
}

/** Removes an address with its connected route and, for IPv4, the routes that have it as source. */
export function removeAddress(tables: Tables, gone: LinkAddress): void {
  tables.addresses = tables.addresses.filter((entry) => entry !== gone);
  const family = familyOf(gone.address);
  const elsewhere = tables.addresses.some((entry) => entry.address === gone.address);
  const connected = prefixOf(gone.address, gone.prefixLength);
  const sharesPrefix = tables.addresses.some(
    (entry) =>
      entry.linkIndex === gone.linkIndex &&
      entry.prefixLength === gone.prefixLength &&
      familyOf(entry.address) === family &&
      prefixOf(entry.address, entry.prefixLength).network === connected.network,
  );
  tables.routes = tables.routes.filter((route) => {
    const own = route.destination.network === connected.network && route.destination.length === connected.length;
    if (own && route.protocol === KERNEL_PROTOCOL && route.linkIndex === gone.linkIndex) return sharesPrefix;
    return elsewhere || family === 6 || route.preferredSource !== gone.address;
  });
  // With a link's last IPv4 address go all its IPv4 routes and neighbours (fib_disable_ip in net/ipv4/fib_frontend.c).
  const last = !tables.addresses.some((entry) => entry.linkIndex === gone.linkIndex && familyOf(entry.address) === 4);
  if (family === 4 && last) {
    tables.routes = tables.routes.filter(
      (route) => route.destination.family === 6 || route.linkIndex !== gone.linkIndex,
    );
    tables.neighbours = tables.neighbours.filter(
      (entry) => familyOf(entry.address) === 6 || entry.linkIndex !== gone.linkIndex,
    );
  }
  if (family === 4 || elsewhere) return;
  tables.routes = tables.routes.map((route) =>
    route.preferredSource === gone.address ? { ...route, preferredSource: undefined } : route,
  );
}

/** Takes a next hop away: routes by it go, groups shrink, empty groups go. */
export function removeNextHop(tables: Tables, id: number): void {
  tables.nextHops.delete(id);
  tables.routes = tables.routes.filter((route) => route.nextHopId !== id);
  for (const group of [...tables.nextHops.values()].filter((hop) => hop.group.includes(id))) {
    const rest = group.group.filter((member) => member !== id);
    if (rest.length === 0) removeNextHop(tables, group.id);
    else tables.nextHops.set(group.id, { ...group, group: rest });
  }
}

/** Deletes a link, what hangs on it, and the other end of a veth. */
export function removeLink(tables: Tables, link: FakeLink): void {
  tables.links.delete(link.index);
  tables.addresses = tables.addresses.filter((entry) => entry.linkIndex !== link.index);
  removeRoutesThrough(tables, link);
  for (const [path] of perInterface(link.name)) tables.sysctls.delete(path);
  const other = link.peer?.tables.links.get(link.peer.index);
  if (link.peer === undefined || other === undefined) return;
  other.peer = undefined;
  removeLink(link.peer.tables, other);
}

function removeRoutesThrough(tables: Tables, link: FakeLink): void {
  tables.routes = tables.routes.filter((route) => route.linkIndex !== link.index);
  tables.neighbours = tables.neighbours.filter((entry) => entry.linkIndex !== link.index);
  for (const hop of [...tables.nextHops.values()]) if (hop.linkIndex === link.index) removeNextHop(tables, hop.id);
}

/** fe80::/10. */
export function isLinkLocal(address: Address): boolean {
  const [first = 0, second = 0] = addressToBytes(address);
  return familyOf(address) === 6 && first === 0xfe && (second & 0xc0) === 0x80;
}

function known(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}
