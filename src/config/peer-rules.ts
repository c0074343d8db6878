import { type Family, familyOf } from '../model/address.ts';
import { formatPrefix, type Prefix, prefixCovers } from '../model/prefix.ts';
import type { ConfigIssue } from './issues.ts';
import type { ParsedPeer } from './schema/peer-schema.ts';
import type { RoutePolicy } from './types.ts';

/** What the rules of a peer need from the rest of the file. */
interface PeerSurroundings {
  /** `bgp.asn`. */
  readonly asn: number;
  readonly pools: readonly Prefix[];
}

/** Default hold time in seconds, as in `partials/session.hbs`. */
const DEFAULT_HOLD_TIME = 30;

const FAMILY_KEYS = { 4: 'ipv4', 6: 'ipv6' } as const;

/** Families that a session carries. */
export function carriedFamilies(peer: Pick<ParsedPeer, 'families' | 'address'>): readonly Family[] {
  const { families } = peer;
  if (families === undefined) return [familyOf(peer.address)];
  return ([4, 6] as const).filter((family) => families.includes(FAMILY_KEYS[family]));
}

/** What is imported from a peer by default. */
export function defaultImport(peer: Pick<ParsedPeer, 'multihop'>): 'default' | 'none' {
  return peer.multihop === undefined ? 'default' : 'none';
}

/** The rules between the keys of one peer. Paths are relative to the peer. */
export function peerKeyIssues(peer: ParsedPeer, around: PeerSurroundings): ConfigIssue[] {
  return [...sessionIssues(peer, around), ...familyIssues(peer), ...policyIssues(peer, around)];
}

function sessionIssues(peer: ParsedPeer, { asn }: PeerSurroundings): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const holdTime = peer.holdTime ?? DEFAULT_HOLD_TIME;
  // RFC 4271, 4.4: at most one third, so that a single lost keepalive does not end the session.
  if (peer.keepaliveTime !== undefined && peer.keepaliveTime * 3 > holdTime) {
    const rule = `must be at most ${Math.floor(holdTime / 3)}, a third of the hold time of ${holdTime} seconds`;
    issues.push({ path: ['keepaliveTime'], rule });
  }
  if (peer.ttlSecurity === true && peer.multihop !== undefined) {
    const rule = 'must not be true together with multihop: it accepts only packets that no other router has forwarded';
    issues.push({ path: ['ttlSecurity'], rule });
  }
  if (peer.gracefulRestart === 'on' && peer.bfd !== true) {
    const rule = 'must not be on without bfd: true: the router would keep the routes of a dead node';
    issues.push({ path: ['gracefulRestart'], rule });
  }
  if (peer.port !== undefined && peer.passive === true) {
    issues.push({ path: ['port'], rule: 'must not be set with passive: true: then the router connects to this node' });
  }
  if (peer.localAsn === asn) {
    issues.push({ path: ['localAsn'], rule: 'must differ from bgp.asn; omit the key' });
  }
  return issues;
}

function familyIssues(peer: ParsedPeer): ConfigIssue[] {
  const carried = carriedFamilies(peer);
  return ([4, 6] as const)
    .filter((family) => peer[FAMILY_KEYS[family]] !== undefined && !carried.includes(family))
    .map((family) => ({ path: [FAMILY_KEYS[family]], rule: `is for a family that is not in families` }));
}

function policyIssues(peer: ParsedPeer, around: PeerSurroundings): ConfigIssue[] {
  const internal = peer.asn === (peer.localAsn ?? around.asn);
  const carried = carriedFamilies(peer);
  const parts: readonly (readonly [path: readonly string[], part: RoutePolicy | undefined, of: readonly Family[]])[] = [
    [[], peer, carried],
    [['ipv4'], peer.ipv4, [4]],
    [['ipv6'], peer.ipv6, [6]],
  ];
  return parts.flatMap(([path, part, of]) => {
    if (part === undefined) return [];
    const found = [
      ...importIssues(part, peer),
      ...prefixIssues(part, of, around.pools),
      ...exportIssues(part.export, internal),
    ];
    return found.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
  });
}

function importIssues(part: RoutePolicy, peer: ParsedPeer): ConfigIssue[] {
  const { import: taken, importPrefixes, importLimit } = part;
  if (taken !== undefined && importPrefixes !== undefined) {
    return [{ path: ['importPrefixes'], rule: 'cannot be combined with import; set only one of them' }];
  }
  // BIRD looks up the next hop of a distant peer's route in its own tables, which contain no kernel routes.
  if (peer.multihop !== undefined && (importPrefixes !== undefined || (taken !== undefined && taken !== 'none'))) {
    const key = importPrefixes === undefined ? 'import' : 'importPrefixes';
    const verb = key === 'import' ? 'must be none' : 'is not possible';
    return [{ path: [key], rule: `${verb} with multihop: no route of a distant router can be used here` }];
  }
  const families =
    part === peer ? carriedFamilies(peer) : ([4, 6] as const).filter((family) => partOf(peer, family) === part);
  if (importLimit !== undefined && families.every((family) => takesNothing(peer, family))) {
    return [{ path: ['importLimit'], rule: 'must not be set when nothing is imported' }];
  }
  return [];
}

function partOf(peer: ParsedPeer, family: Family): RoutePolicy | undefined {
  return peer[FAMILY_KEYS[family]];
}

function takesNothing(peer: ParsedPeer, family: Family): boolean {
  const part = partOf(peer, family);
  if (part?.importPrefixes !== undefined) return false;
  if (part?.import !== undefined) return part.import === 'none';
  return peer.importPrefixes === undefined && (peer.import ?? defaultImport(peer)) === 'none';
}

function prefixIssues(part: RoutePolicy, carried: readonly Family[], pools: readonly Prefix[]): ConfigIssue[] {
  return (part.importPrefixes ?? []).flatMap(({ prefix }, index) => {
    const path = ['importPrefixes', index];
    if (!carried.includes(prefix.family)) return [{ path, rule: `must be of a family that the session carries` }];
    const pool = pools.find((candidate) => prefixCovers(candidate, prefix));
    if (pool === undefined) return [];
    return [
      { path, rule: `must not be inside pools.ipv${pool.family} (${formatPrefix(pool)}), which is never imported` },
    ];
  });
}

function exportIssues(attributes: RoutePolicy['export'], internal: boolean): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (attributes?.localPreference !== undefined && !internal) {
    const rule =
      'must not be set for an external session, which does not carry it (RFC 4271, 5.1.5); use med or prepend';
    issues.push({ path: ['export', 'localPreference'], rule });
  }
  if (attributes?.prepend !== undefined && attributes.prepend > 0 && internal) {
    const rule =
      'must be 0 for an internal session: its routers refuse paths with their own AS number; use localPreference';
    issues.push({ path: ['export', 'prepend'], rule });
  }
  return issues;
}
