import type { BirdMode, Peer } from '../../config/types.ts';
import { FlockError } from '../../errors.ts';
import { type Address, FAMILIES, type Family, familyOf, parseAddress } from '../../model/address.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixContains } from '../../model/prefix.ts';
import { LINK_LOCAL } from '../../model/special-prefixes.ts';
import { ANNOUNCEMENTS_FILE, announceProtocol, summaryProtocol } from '../names.ts';
import type { RenderInput } from '../types.ts';
import { type PeerView, peerView } from './peer-view.ts';
import { safeView } from './safe-view.ts';

/** Everything that is the same for all peers, once per address family. */
export type FamilyView = {
  /** BIRD's name for the family's channel. */
  readonly channel: 'ipv4' | 'ipv6';
  /** 4 or 6, for the names of what the template defines. */
  readonly number: number;
  readonly defaultRoute: string;
  readonly announceProtocol: string;
  readonly summaryProtocol: string;
  /** The pool, or empty for a family without one. */
  readonly summary: string;
  /**
   * Prefix patterns that are never imported from a peer: pools, connected networks, link-local, and everything inside
   * them.
   */
  readonly neverImported: readonly string[];
  /** Networks that the kernel reaches directly; BIRD's routes to exactly these are never exported to the kernel. */
  readonly connectedNetworks: readonly string[];
};

/** What the templates see. */
export type BirdView = {
  /** Whether `bird.conf` is rendered, or the `flock.conf` that an operator's own includes. */
  readonly mode: BirdMode;
  /** Empty when the operator's file sets it, and `bgp.routerId` does not. */
  readonly routerId: string;
  readonly announcementsFile: string;
  readonly families: readonly FamilyView[];
  /** Whether any peer has it. */
  readonly usesBfd: boolean;
  readonly usesGracefulRestart: boolean;
  /** Sorted by name. */
  readonly peers: readonly PeerView[];
};

/**
 * The values for the templates, each checked again whatever has been checked before. Reads the passwords of the peers.
 * @throws FlockError `configurationInvalid` naming the key of the configuration at fault.
 */
export function buildView(input: RenderInput): BirdView {
  const { config, facts } = input;
  const pools = [config.pools.ip4, config.pools.ip6].filter((pool) => pool !== undefined).map(canonicalPrefix);
  const connected = facts.connectedNetworks.map(readPrefix);
  const families = FAMILIES.map((family) => familyView(family, pools, connected));
  const peers = config.bgp.peers.map((peer) => {
    const view = peerView(peer, config.bgp.asn, facts.sourceAddresses.get(peer.name), families);
    refusePeerInPool(peer, pools);
    return view;
  });
  peers.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [index, peer] of peers.entries()) {
    const other = peers.slice(0, index).find((earlier) => earlier.protocol === peer.protocol);
    if (other === undefined) continue;
    const names =
      peer.name === other.name
        ? `two are called ${peer.name}; give every peer a different name`
        : `${other.name} and ${peer.name} would both be ${peer.protocol} in BIRD; rename one of them`;
    throw new FlockError('configurationInvalid', `bgp.peers: ${names}`);
  }
  return safeView({
    mode: config.bird.mode,
    routerId: routerId(config.bird.mode, facts.routerId),
    announcementsFile: ANNOUNCEMENTS_FILE,
    families,
    usesBfd: peers.some(({ bfd }) => bfd),
    usesGracefulRestart: peers.some(({ gracefulRestart }) => gracefulRestart === 'on'),
    peers,
  });
}

function familyView(family: Family, pools: readonly Prefix[], connected: readonly Prefix[]): FamilyView {
  const networks = connected.filter((prefix) => prefix.family === family).map(formatPrefix);
  const pool = pools.find((prefix) => prefix.family === family);
  const summary = pool === undefined ? '' : formatPrefix(pool);
  // A route for them out of BGP is always an accident. BIRD itself refuses loopback and multicast (`net_validate` in `lib/net.c`).
  const own = new Set([...networks, LINK_LOCAL[family], ...(summary === '' ? [] : [summary])]);
  return {
    channel: family === 4 ? 'ipv4' : 'ipv6',
    number: family,
    defaultRoute: family === 4 ? '0.0.0.0/0' : '::/0',
    announceProtocol: announceProtocol(family),
    summaryProtocol: summaryProtocol(family),
    summary,
    neverImported: [...own].sort().map((prefix) => `${prefix}+`),
    connectedNetworks: [...new Set(networks)].sort(),
  };
}

/** BIRD accepts an IPv4 address other than 0 (`nest/config.Y`). */
function routerId(mode: BirdMode, address: Address | undefined): string {
  if (address === undefined && mode === 'include') return '';
  if (address !== undefined && parseAddress(address) === address && familyOf(address) === 4 && address !== '0.0.0.0')
    return address;
  throw new FlockError(
    'configurationInvalid',
    `bgp.routerId: ${JSON.stringify(address ?? '')} must be an IPv4 address`,
  );
}

function canonicalPrefix(prefix: Prefix): Prefix {
  return readPrefix(formatPrefix(prefix));
}

function readPrefix(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'object' && formatPrefix(prefix) === text) return prefix;
  throw new FlockError('internal', `${JSON.stringify(text)} is not a prefix in canonical form`);
}

/** The blackhole route of the pool would cut the peer off, and the peer's address could be given to a pod. */
function refusePeerInPool(peer: Peer, pools: readonly Prefix[]): void {
  const pool = pools.find((prefix) => prefixContains(prefix, peer.address));
  if (pool === undefined) return;
  const where = `pools.ipv${pool.family} ${formatPrefix(pool)}`;
  const message = `bgp.peers.${peer.name}.address: ${peer.address} is inside ${where}; exclude it from the pool`;
  throw new FlockError('configurationInvalid', message);
}
