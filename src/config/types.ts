import type { Address, Family } from '../model/address.ts';
import type { Prefix } from '../model/prefix.ts';

/** The configuration after validation: defaults filled in, every text parsed into its value. */
export interface Config {
  readonly node: string;
  /** At least one of the two is set. */
  readonly pools: { readonly ip6: Prefix | undefined; readonly ip4: Prefix | undefined };
  /** A family without a pool is false here, whatever the file says. */
  readonly defaults: { readonly ipv6: boolean; readonly ipv4: boolean; readonly ipAlgo: string };
  readonly mtu: 'auto' | number;
  /** Kernel route protocol number of everything that flockd installs. */
  readonly routeProtocol: number;
  readonly advertise: { readonly allow: readonly AllowRule[] };
  readonly bgp: {
    readonly asn: number;
    readonly routerId: Address | undefined;
    readonly peers: readonly Peer[];
  };
  readonly bird: {
    readonly socket: string;
    /** Path of the file that BIRD is started with. */
    readonly config: string;
    readonly mode: BirdMode;
    readonly templates: string;
    /** Whether a change may reset established sessions. */
    readonly allowSessionReset: boolean;
    /** Seconds within which a change must prove to work. */
    readonly confirmTimeout: number;
  };
  readonly pods: { readonly source: 'directory' | 'kubernetes'; readonly directory: string };
  readonly state: string;
  readonly socket: string;
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
}

/** Whose file BIRD is started with: flockd's, which renders it, or the operator's, which includes what flockd renders. */
export type BirdMode = 'own' | 'include';

/** Who may claim what. */
export interface AllowRule {
  readonly prefixes: readonly Prefix[];
  /** Exact names, or `*` for every namespace. */
  readonly namespaces: readonly string[];
  /** Which communities the pods may put on these addresses; undefined: none. */
  readonly communities?: readonly CommunityPattern[] | undefined;
}

/** A community, or all that begin with the same numbers. */
export interface CommunityPattern {
  /** As written. */
  readonly text: string;
  /** Two of a community, three of a large one; undefined: any. */
  readonly numbers: readonly (number | undefined)[];
}

/** A prefix of routes to accept. */
export interface PrefixPattern {
  readonly prefix: Prefix;
  /** Whether everything inside it is included. */
  readonly inside: boolean;
}

/** A community: two numbers of 16 bits (RFC 1997). */
export interface Community {
  readonly asn: number;
  readonly value: number;
}

/** A large community: three numbers of 32 bits (RFC 8092). */
export interface LargeCommunity {
  readonly asn: number;
  readonly data1: number;
  readonly data2: number;
}

/** Attributes of the routes to a neighbour. */
interface ExportAttributes {
  readonly communities?: readonly Community[] | undefined;
  readonly largeCommunities?: readonly LargeCommunity[] | undefined;
  /** Only for internal sessions: others do not carry it (RFC 4271, 5.1.5). */
  readonly localPreference?: number | undefined;
  readonly med?: number | undefined;
  /** How many times our AS number is added to the path. Only for external sessions. */
  readonly prepend?: number | undefined;
}

/** What is imported from and exported to a neighbour, as far as configured. */
export interface RoutePolicy {
  readonly import?: 'default' | 'none' | 'all' | undefined;
  /** Instead of `import`. */
  readonly importPrefixes?: readonly PrefixPattern[] | undefined;
  /** Most routes accepted, in each family. */
  readonly importLimit?: number | undefined;
  readonly export?: ExportAttributes | undefined;
}

/** One BGP neighbour. Undefined values are left to the packaged templates. */
export interface Peer extends RoutePolicy {
  readonly name: string;
  readonly address: Address;
  readonly asn: number;
  readonly description?: string | undefined;
  /** Our AS number towards this neighbour; by default `bgp.asn`. */
  readonly localAsn?: number | undefined;
  /** Families carried over this session; by default that of the address. */
  readonly families: readonly Family[];
  /**
   * What is accepted from the peer, unless prefixes are listed: its default route, nothing, or everything that is not
   * ours.
   */
  readonly import: 'default' | 'none' | 'all';
  /** Settings for one family only, key by key. */
  readonly ipv4?: RoutePolicy | undefined;
  readonly ipv6?: RoutePolicy | undefined;
  /** Source address; by default the one that the kernel would use towards the peer. */
  readonly sourceAddress: Address | undefined;
  /** TCP port of the neighbour. */
  readonly port?: number | undefined;
  readonly passive?: boolean | undefined;
  /** Most hops to the neighbour; undefined: it is directly connected. */
  readonly multihop?: number | undefined;
  readonly ttlSecurity?: boolean | undefined;
  /** Path of the file with the TCP MD5 password, which is not part of the configuration. */
  readonly passwordFile?: string | undefined;
  readonly bfd?: boolean | undefined;
  /** Seconds. */
  readonly holdTime?: number | undefined;
  /** Seconds. */
  readonly keepaliveTime?: number | undefined;
  readonly gracefulRestart?: 'off' | 'aware' | 'on' | undefined;
}
