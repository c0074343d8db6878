import type { Community, LargeCommunity, Peer, RoutePolicy } from '../../config/types.ts';
import { FlockError } from '../../errors.ts';
import { formatPrefix, parsePrefix } from '../../model/prefix.ts';
import type { FamilyView } from './view.ts';

/** One family of a session. */
export type ChannelView = {
  readonly channel: 'ipv4' | 'ipv6';
  /** 4 or 6. */
  readonly number: number;
  /** What is imported from the peer; exactly one of the four is true. */
  readonly importDefault: boolean;
  readonly importAll: boolean;
  readonly importNone: boolean;
  readonly importSome: boolean;
  /** Prefix patterns that are imported; empty unless `importSome`. */
  readonly importPrefixes: readonly string[];
  /** Prefix patterns that are never imported, for this family. */
  readonly neverImported: readonly string[];
  /** Most routes imported. */
  readonly importLimit: number;
  readonly announceProtocol: string;
  readonly summaryProtocol: string;
  /** Whether the routes to this peer carry any of the values below. */
  readonly setsAttributes: boolean;
  readonly communities: readonly Readonly<Record<keyof Community, number>>[];
  readonly largeCommunities: readonly Readonly<Record<keyof LargeCommunity, number>>[];
  readonly setsLocalPreference: boolean;
  readonly localPreference: number;
  readonly setsMed: boolean;
  readonly med: number;
  /** Our AS number, as often as it is added to the path. */
  readonly prepend: readonly number[];
};

/**
 * Most routes imported from a peer. With `default` one route can pass the filter. With `all` the limit keeps a full
 * Internet table (more than 900,000 IPv4 routes) out of a node's kernel, yet admits any data centre's routes.
 */
const IMPORT_LIMIT = { default: 10, all: 100_000, some: 100_000, none: 0 } as const;

/**
 * The values of one family of a session.
 * @param localAsn our AS number towards the peer.
 */
export function channelView(peer: Peer, family: FamilyView, localAsn: number): ChannelView {
  const policy = policyFor(peer, family.number === 4 ? 'ipv4' : 'ipv6');
  const importPrefixes = (policy.importPrefixes ?? [])
    .filter(({ prefix }) => prefix.family === family.number)
    .map(({ prefix, inside }) => `${canonicalText(formatPrefix(prefix))}${inside ? '+' : ''}`);
  const taken = policy.importPrefixes === undefined ? policy.import : importPrefixes.length > 0 ? 'some' : 'none';
  const { communities = [], largeCommunities = [], localPreference, med, prepend = 0 } = policy.export;
  const attributes = {
    communities: communities.map(({ asn, value }) => ({ asn, value })),
    largeCommunities: largeCommunities.map(({ asn, data1, data2 }) => ({ asn, data1, data2 })),
    prepend: Array.from({ length: prepend }, () => localAsn),
  };
  const setsLocalPreference = localPreference !== undefined;
  const setsMed = med !== undefined;
  const lists = Object.values(attributes).some((list) => list.length > 0);
  return {
    channel: family.channel,
    number: family.number,
    importDefault: taken === 'default',
    importAll: taken === 'all',
    importNone: taken === 'none',
    importSome: taken === 'some',
    importPrefixes,
    neverImported: family.neverImported,
    importLimit: policy.importLimit ?? IMPORT_LIMIT[taken],
    announceProtocol: family.announceProtocol,
    summaryProtocol: family.summaryProtocol,
    setsAttributes: lists || setsLocalPreference || setsMed,
    ...attributes,
    setsLocalPreference,
    localPreference: localPreference ?? 0,
    setsMed,
    med: med ?? 0,
  };
}

type FullPolicy = Required<Pick<Peer, 'import'>> &
  Pick<RoutePolicy, 'importPrefixes' | 'importLimit'> & {
    readonly export: NonNullable<RoutePolicy['export']>;
  };

/** The policy for one family: its own keys override those of the peer. One of two keys says what to import. */
function policyFor(peer: Peer, key: 'ipv4' | 'ipv6'): FullPolicy {
  const own = peer[key] ?? {};
  const saysImport = own.import !== undefined || own.importPrefixes !== undefined;
  return {
    import: own.import ?? peer.import,
    importPrefixes: saysImport ? own.importPrefixes : peer.importPrefixes,
    importLimit: own.importLimit ?? peer.importLimit,
    export: { ...defined(peer.export), ...defined(own.export) },
  };
}

function defined<T extends object>(values: T | undefined): Partial<T> {
  const kept: Partial<T> = { ...values };
  for (const key in kept) if (kept[key] === undefined) delete kept[key];
  return kept;
}

function canonicalText(text: string): string {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'object' && formatPrefix(prefix) === text) return text;
  throw new FlockError('internal', `${JSON.stringify(text)} is not a prefix in canonical form`);
}
