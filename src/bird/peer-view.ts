import type { Peer } from '../config/types.ts';
import { FlockError } from '../errors.ts';
import { type Address, FAMILIES, type Family, familyOf, parseAddress } from '../model/address.ts';
import { isPeerName, peerProtocol } from './names.ts';

/** One family of a session. */
export type ChannelView = {
  readonly channel: 'ipv4' | 'ipv6';
  /** 4 or 6. */
  readonly number: number;
  /** What is taken from the peer; exactly one of the three is true. */
  readonly importDefault: boolean;
  readonly importAll: boolean;
  readonly importNone: boolean;
  /** Routes taken at most. */
  readonly importLimit: number;
};

/** One peer. */
export type PeerView = {
  /** The name in the configuration. */
  readonly name: string;
  /** Name of its protocol. */
  readonly protocol: string;
  readonly address: string;
  readonly asn: number;
  readonly localAsn: number;
  /** Empty when it is not known; then `disabled` is true. */
  readonly sourceAddress: string;
  readonly disabled: boolean;
  readonly channels: readonly ChannelView[];
};

/**
 * Routes taken from a peer at most. With `default` one route can pass the filter. With `all` the limit keeps a full
 * Internet table (more than 900,000 IPv4 routes) out of a node's kernel and still takes any data centre's routes.
 */
const IMPORT_LIMIT = { default: 10, all: 100_000, none: 0 } as const;

/** fe80::/10, which BIRD takes only together with an interface that our configuration does not name. */
const LINK_LOCAL6 = /^fe[89ab][0-9a-f]:/;

/**
 * The values of one peer for the templates.
 * @param localAsn our own AS number; @param learnedSource the address the kernel would speak from, if it has a route.
 * @throws FlockError `configurationInvalid` naming the peer and the key at fault.
 */
export function peerView(peer: Peer, localAsn: number, learnedSource: Address | undefined): PeerView {
  if (!isPeerName(peer.name)) {
    throw invalid(
      peer,
      'name',
      peer.name,
      'must begin with a letter and go on with letters, digits and "_", 32 characters at most',
    );
  }
  const address = canonical(peer, 'address', peer.address);
  if (LINK_LOCAL6.test(address)) {
    throw invalid(peer, 'address', address, 'is a link-local address; give a global one, or write a template for it');
  }
  const source = peer.sourceAddress ?? learnedSource;
  if (source !== undefined && familyOf(canonical(peer, 'sourceAddress', source)) !== familyOf(address)) {
    throw invalid(peer, 'sourceAddress', source, `must be of the same family as the peer's address ${address}`);
  }
  const families = FAMILIES.filter((family) => peer.families.includes(family));
  if (families.length === 0) throw invalid(peer, 'families', '', 'must name ipv4, ipv6 or both');
  return {
    name: peer.name,
    protocol: peerProtocol(peer.name),
    address,
    asn: asNumber(`bgp.peers.${peer.name}.asn`, peer.asn),
    localAsn: asNumber('bgp.asn', localAsn),
    sourceAddress: source ?? '',
    disabled: source === undefined,
    channels: families.map((family) => channelView(family, peer.import)),
  };
}

function channelView(family: Family, taken: Peer['import']): ChannelView {
  return {
    channel: family === 4 ? 'ipv4' : 'ipv6',
    number: family,
    importDefault: taken === 'default',
    importAll: taken === 'all',
    importNone: taken === 'none',
    importLimit: IMPORT_LIMIT[taken],
  };
}

/** An AS number of 32 bits (RFC 6793); 0 is reserved (RFC 7607). */
function asNumber(key: string, asn: number): number {
  if (Number.isInteger(asn) && asn >= 1 && asn <= 4_294_967_295) return asn;
  throw new FlockError('configurationInvalid', `${key}: ${asn} must be an AS number from 1 to 4294967295`);
}

function canonical(peer: Peer, key: string, address: Address): Address {
  if (parseAddress(address) === address) return address;
  throw invalid(peer, key, address, 'must be an IPv4 or IPv6 address');
}

function invalid(peer: Peer, key: string, value: string, rule: string): FlockError {
  const which = isPeerName(peer.name) ? `.${peer.name}` : '[]';
  return new FlockError('configurationInvalid', `bgp.peers${which}.${key}: ${JSON.stringify(value)} ${rule}`);
}
