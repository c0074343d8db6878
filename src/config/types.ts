import type { Address, Family } from '../model/address.ts';
import type { Prefix } from '../model/prefix.ts';

/** The configuration after validation: defaults filled in, every text parsed into the value it stands for. */
export interface Config {
  readonly node: string;
  /** At least one of the two is set. */
  readonly pools: { readonly ip6: Prefix | undefined; readonly ip4: Prefix | undefined };
  /** A family without a pool is false here whatever the file says. */
  readonly defaults: { readonly ipv6: boolean; readonly ipv4: boolean; readonly ipAlgo: string };
  readonly mtu: 'auto' | number;
  /** Kernel route protocol number on everything that flockd installs. */
  readonly routeProtocol: number;
  readonly advertise: { readonly allow: readonly AllowRule[] };
  readonly bgp: {
    readonly asn: number;
    readonly routerId: Address | undefined;
    readonly peers: readonly Peer[];
  };
  readonly bird: { readonly socket: string; readonly config: string; readonly templates: string };
  readonly pods: { readonly source: 'directory' | 'kubernetes'; readonly directory: string };
  readonly state: string;
  readonly socket: string;
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
}

/** Who may claim what. */
export interface AllowRule {
  readonly prefixes: readonly Prefix[];
  /** Exact names, or `*` for every namespace. */
  readonly namespaces: readonly string[];
}

/** One BGP neighbour. */
export interface Peer {
  readonly name: string;
  readonly address: Address;
  readonly asn: number;
  /** Families carried over this session; by default the one of the address. */
  readonly families: readonly Family[];
  /** What is taken from the peer: its default route (the default), nothing, or everything that is not ours. */
  readonly import: 'default' | 'none' | 'all';
  /** Address to speak from; by default the one that the kernel would use towards the peer. */
  readonly sourceAddress: Address | undefined;
}
