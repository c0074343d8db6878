import type { Config } from '../../config/types.ts';
import { FlockError } from '../../errors.ts';
import type { Kernel, Link, LinkAddress, Route } from '../../kernel/ports.ts';
import { type Address, familyOf } from '../../model/address.ts';
import { HOST_INTERFACE_PREFIX } from '../../model/names.ts';
import { formatPrefix, prefixOf } from '../../model/prefix.ts';
import { isOnEveryLink6 } from '../../model/special-prefixes.ts';
import type { HostFacts } from '../types.ts';
import { missingNextHops } from './missing-next-hops.ts';
import { passwordStamp } from './password-file.ts';

/** What the kernel says about this host, as `hostFacts` needs it. */
export interface HostReading {
  readonly links: readonly Link[];
  readonly addresses: readonly LinkAddress[];
  readonly routes: readonly Route[];
  /** The route to each peer, by peer name; a peer without a route is missing. */
  readonly ways: ReadonlyMap<string, Way>;
}

/** How the kernel would reach a peer. */
interface Way {
  readonly linkIndex: number;
  readonly preferredSource: Address | undefined;
}

/** What an earlier reading of this host found, so that nothing changes without need. */
interface Remembered {
  /** Router id of the state file. */
  readonly routerId?: Address | undefined;
  /** Source addresses in force. */
  readonly sourceAddresses?: ReadonlyMap<string, Address> | undefined;
}

/** What has been read of the host already. */
export interface KnownOfHost {
  /** The default routes and those straight to a link. */
  readonly routes?: readonly Route[];
  readonly links?: readonly Link[];
  readonly addresses?: readonly LinkAddress[];
}

/** BIRD's own route protocol number (RTPROT_BIRD in linux/rtnetlink.h). */
const RTPROT_BIRD = 12;

/**
 * Asks the kernel, and looks at the password files.
 * @throws KernelError, FlockError `configurationInvalid` as `hostFacts` does.
 */
export async function readHostFacts(
  kernel: Kernel,
  config: Config,
  remembered: Remembered = {},
  known: KnownOfHost = {},
): Promise<HostFacts> {
  const { host } = kernel;
  const links = known.links ?? (await host.links());
  const addresses = known.addresses ?? (await host.addresses());
  const routes = known.routes ?? (await host.nearRoutes());
  const ways = new Map<string, Way>();
  for (const peer of config.bgp.peers) {
    const way = await host.routeTo(peer.address);
    if (way !== undefined) ways.set(peer.name, way);
  }
  const files = config.bgp.peers.map(({ passwordFile }) => passwordFile).filter((file) => file !== undefined);
  const facts = hostFacts({ links, addresses, routes, ways }, config, remembered);
  return files.length === 0 ? facts : { ...facts, passwordStamps: files.map(passwordStamp) };
}

/**
 * The facts about this host on which BIRD's configuration depends.
 * @throws FlockError `configurationInvalid` when flockd writes `bird.conf` and no router id is set, stored or found.
 */
export function hostFacts(reading: HostReading, config: Config, remembered: Remembered = {}): HostFacts {
  return {
    routerId: config.bgp.routerId ?? (config.bird.mode === 'own' ? ownRouterId(reading, remembered) : undefined),
    sourceAddresses: sourceAddresses(reading, config, remembered.sourceAddresses),
    connectedNetworks: connectedNetworks(reading, config.routeProtocol),
    missingNextHops: missingNextHops(reading, config),
  };
}

function ownRouterId(reading: HostReading, { routerId }: Remembered): Address {
  return routerId ?? defaultRouterId(reading);
}

/** The first global IPv4 address of the lowest interface index, not of `lo` and not of a pod's device. */
function defaultRouterId(reading: HostReading): Address {
  for (const link of uplinks(reading)) {
    const own = reading.addresses.find(
      ({ linkIndex, address, scope }) => linkIndex === link.index && scope === 'global' && familyOf(address) === 4,
    );
    if (own !== undefined) return own.address;
  }
  const message =
    'bgp.routerId: this host has no global IPv4 address to take it from; set it to a number that no other router has, written as an IPv4 address';
  throw new FlockError('configurationInvalid', message);
}

/**
 * The source address of each session, by peer name. One in use is kept while the host has it on the device that leads
 * to the peer: another one would restart the session. That also covers the moments in which the route to a peer is
 * gone.
 */
function sourceAddresses(
  reading: HostReading,
  config: Config,
  inUse: ReadonlyMap<string, Address> = new Map(),
): ReadonlyMap<string, Address> {
  const sources = new Map<string, Address>();
  for (const { name } of config.bgp.peers) {
    const way = reading.ways.get(name);
    const old = inUse.get(name);
    const holder = reading.addresses.find(({ address }) => address === old);
    const stays = holder !== undefined && (way === undefined || way.linkIndex === holder.linkIndex);
    const source = stays ? old : way?.preferredSource;
    if (source !== undefined) sources.set(name, source);
  }
  return sources;
}

/**
 * Networks that this host reaches without a router: those of its addresses, and routes without a gateway (an on-link
 * prefix from a router advertisement has no address of ours). Routes of BIRD and of flockd say nothing about the host.
 */
function connectedNetworks(reading: HostReading, routeProtocol: number): string[] {
  const indexes = new Set(uplinks(reading).map(({ index }) => index));
  const networks = new Set<string>();
  for (const { linkIndex, address, prefixLength, scope } of reading.addresses) {
    if (indexes.has(linkIndex) && scope !== 'link' && prefixLength > 0) {
      networks.add(formatPrefix(prefixOf(address, prefixLength)));
    }
  }
  for (const { destination, linkIndex, gateway, protocol, nextHopId } of reading.routes) {
    const direct =
      linkIndex !== undefined && indexes.has(linkIndex) && gateway === undefined && nextHopId === undefined;
    if (!direct || protocol === RTPROT_BIRD || protocol === routeProtocol || destination.length === 0) continue;
    if (!isOnEveryLink6(destination.network)) networks.add(formatPrefix(destination));
  }
  return [...networks].sort();
}

/** All links except `lo` and the pods', lowest index first. */
function uplinks(reading: HostReading): Link[] {
  return reading.links
    .filter(({ name }) => name !== 'lo' && !name.startsWith(HOST_INTERFACE_PREFIX))
    .sort((a, b) => a.index - b.index);
}
