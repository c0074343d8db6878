import type { Peer } from '../../config/types.ts';
import { FlockError } from '../../errors.ts';
import { type Address, familyOf, parseAddress } from '../../model/address.ts';
import { quoteText } from '../../model/printable.ts';
import { isLinkLocal6 } from '../../model/special-prefixes.ts';
import { isPeerName, peerProtocol } from '../names.ts';
import { type ChannelView, channelView } from './channel-view.ts';
import { readPassword } from './password-file.ts';
import type { FamilyView } from './view.ts';

/** One peer. */
export type PeerView = {
  /** The name in the configuration. */
  readonly name: string;
  /** Name of its protocol. */
  readonly protocol: string;
  readonly address: string;
  readonly asn: number;
  readonly localAsn: number;
  /** Whether the session is internal to our AS. */
  readonly internal: boolean;
  /** Descriptive text, to be written in double quotes; empty for none. */
  readonly description: string;
  /** Empty when it is not known; then `disabled` is true. */
  readonly sourceAddress: string;
  readonly disabled: boolean;
  /** TCP port of the peer; 0 for BGP's own. */
  readonly port: number;
  readonly passive: boolean;
  /** Most hops to the peer; 0 for one that is directly connected. */
  readonly multihop: number;
  readonly ttlSecurity: boolean;
  /** TCP MD5 password, to be written in double quotes and nowhere else; empty for none. */
  readonly password: string;
  /** Never for a disabled peer: BIRD requires a local address for multihop BFD. */
  readonly bfd: boolean;
  /** Seconds; 0 for the value in the template flock_peer. */
  readonly holdTime: number;
  readonly keepaliveTime: number;
  /** `off`, `aware` or `on`; empty for the value in the template flock_peer. */
  readonly gracefulRestart: string;
  readonly channels: readonly ChannelView[];
};

/**
 * The values of one peer for the templates. Reads the password if there is one.
 * @param ownAsn the AS number of this node; @param learnedSource the source address that the kernel would use, if it
 * has a route; @param families what is the same for all peers, IPv4 first.
 * @throws FlockError `configurationInvalid` naming the peer and the faulty key.
 */
export function peerView(
  peer: Peer,
  ownAsn: number,
  learnedSource: Address | undefined,
  families: readonly FamilyView[],
): PeerView {
  if (!isPeerName(peer.name)) {
    throw invalid(
      peer,
      'name',
      peer.name,
      'must be a letter followed by letters, digits and "_", at most 32 characters in all',
    );
  }
  const address = canonical(peer, 'address', peer.address);
  // BIRD takes it only together with an interface, which our configuration does not name.
  if (isLinkLocal6(address)) {
    throw invalid(peer, 'address', address, 'is a link-local address; give a global one, or write a template for it');
  }
  const source = peer.sourceAddress ?? learnedSource;
  if (source !== undefined && familyOf(canonical(peer, 'sourceAddress', source)) !== familyOf(address)) {
    throw invalid(peer, 'sourceAddress', source, `must be of the same family as the peer's address ${address}`);
  }
  const carried = families.filter((view) => peer.families.some((family) => family === view.number));
  if (carried.length === 0) throw invalid(peer, 'families', '', 'must contain ipv4, ipv6 or both');
  const asn = asNumber(`bgp.peers.${peer.name}.asn`, peer.asn);
  const localAsn = asNumber(
    peer.localAsn === undefined ? 'bgp.asn' : `bgp.peers.${peer.name}.localAsn`,
    peer.localAsn ?? ownAsn,
  );
  return {
    name: peer.name,
    protocol: peerProtocol(peer.name),
    address,
    asn,
    localAsn,
    internal: asn === localAsn,
    description: peer.description ?? '',
    sourceAddress: source ?? '',
    disabled: source === undefined,
    ...sessionView(peer),
    bfd: peer.bfd === true && source !== undefined,
    channels: carried.map((family) => channelView(peer, family, localAsn)),
  };
}

type SessionView = Pick<
  PeerView,
  'port' | 'passive' | 'multihop' | 'ttlSecurity' | 'password' | 'holdTime' | 'keepaliveTime' | 'gracefulRestart'
>;

function sessionView(peer: Peer): SessionView {
  const { passwordFile, holdTime = 0 } = peer;
  return {
    port: peer.port ?? 0,
    passive: peer.passive === true,
    multihop: peer.multihop ?? 0,
    ttlSecurity: peer.ttlSecurity === true,
    password: passwordFile === undefined ? '' : readPassword(passwordFile, `bgp.peers.${peer.name}.passwordFile`),
    holdTime,
    // With only a hold time, the keepalive time of flock_peer would remain, which may be longer.
    keepaliveTime: peer.keepaliveTime ?? Math.floor(holdTime / 3),
    gracefulRestart: peer.gracefulRestart ?? '',
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
  return new FlockError('configurationInvalid', `bgp.peers${which}.${key}: ${quoteText(value)} ${rule}`);
}
