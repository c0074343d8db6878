import type { Address, Family } from '../model/address.ts';
import type { Prefix } from '../model/prefix.ts';
import type { Change, ChangeResult } from './change.ts';
import type { HostChange, HostInterest } from './host-change.ts';
import type { LinkSettings } from './link-settings.ts';
import type { ForwardFilter } from './netfilter/filter.ts';

export type { Change, ChangeResult } from './change.ts';
export type { HostChange, HostInterest } from './host-change.ts';
export type { LinkSettings } from './link-settings.ts';
export type { FilterChain, FilterCondition, FilterRule, FilterVerdict, ForwardFilter } from './netfilter/filter.ts';

/**
 * What flockd asks of the kernel, as plain values. The only implementation is in this room; the fake for tests is in
 * test/fakes. Every call is about one network namespace.
 */

/** A link as the kernel lists it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** `veth`, or undefined for a physical device and for `lo`. */
  readonly kind: string | undefined;
  readonly mac: string;
  readonly mtu: number;
  /** IFF_UP is set. */
  readonly up: boolean;
  /** IFF_LOWER_UP is set: it is up, and so is the other end of a veth. */
  readonly carrier: boolean;
  readonly alias: string | undefined;
  /** IPv6 address generation mode: 0 EUI-64, 1 none, 2 stable privacy, 3 random; undefined without IPv6. */
  readonly addrGenMode: number | undefined;
  /** For a veth: index of its peer in the peer's namespace. */
  readonly peerIndex: number | undefined;
  /**
   * How often the link has gained or lost its carrier. It reveals a link that was down between two looks and so has
   * lost its routes. Undefined when the kernel does not count.
   */
  readonly carrierChanges: number | undefined;
  /** Index of the bridge, VRF or bond that the link is a port of; missing when there is none. */
  readonly master?: number;
  /** IFF_NOARP is set: the link resolves no neighbours, and what it sends reaches none. Missing when not set. */
  readonly noArp?: true;
}

/** An address on a link. */
export interface LinkAddress {
  readonly linkIndex: number;
  readonly address: Address;
  readonly prefixLength: number;
  readonly scope: 'global' | 'link' | 'host' | 'site';
  /** IFA_F_TENTATIVE or IFA_F_DADFAILED: not usable. */
  readonly tentative: boolean;
}

/** A unicast route of the main table. */
export interface Route {
  readonly destination: Prefix;
  readonly linkIndex: number | undefined;
  readonly gateway: Address | undefined;
  readonly preferredSource: Address | undefined;
  /** Kernel route protocol number (rtm_protocol). */
  readonly protocol: number;
  /** IPv4 only; IPv6 routes have `global`. */
  readonly scope: 'global' | 'link' | 'host' | 'site';
  readonly onlink: boolean;
  readonly metric: number;
  /** Next hop object that the route uses, instead of link and gateway. */
  readonly nextHopId: number | undefined;
  /** Inline next hops, which flockd never installs; empty for a single-path route. */
  readonly multipath: readonly { readonly linkIndex: number; readonly gateway: Address | undefined }[];
  /** The route's own MTU (`ip route … mtu`), if it has one. */
  readonly mtu?: number;
}

/** A next hop object (`ip nexthop`): a leaf with link and gateway, or a group of leaves. */
export interface NextHop {
  readonly id: number;
  readonly protocol: number;
  readonly family: Family | undefined;
  readonly linkIndex: number | undefined;
  readonly gateway: Address | undefined;
  /** Ids of the members, in kernel order; empty for a leaf. */
  readonly group: readonly number[];
}

/** A neighbour entry. */
export interface Neighbour {
  readonly linkIndex: number;
  readonly address: Address;
  readonly mac: string | undefined;
  readonly permanent: boolean;
}

/** How the kernel would reach an address. */
export interface RouteTo {
  readonly linkIndex: number;
  readonly preferredSource: Address | undefined;
  readonly gateway: Address | undefined;
}

/** The route that the kernel takes to an address, from any table. */
export interface RouteTaken {
  readonly destination: Prefix;
  /** Kernel route protocol number (rtm_protocol). */
  readonly protocol: number;
  /** 254 is the main table, 255 the local one (linux/rtnetlink.h). */
  readonly table: number;
  /** Undefined for a group of next hops. */
  readonly linkIndex: number | undefined;
  /** Whether the address is the host's own. */
  readonly local: boolean;
}

/** Access to one network namespace. Close it when done. */
export interface NetworkNamespace {
  /**
   * Sends the changes in order, many to a datagram, and reads every answer. A failed change does not stop those after
   * it. Deleting an absent object succeeds. An IPv6 address is usable when its change is done. A value that does not
   * fit a message is refused as EINVAL.
   * @returns one result per change, in order.
   * @throws KernelError when the socket dies or the kernel does not answer within the deadline.
   */
  apply(changes: readonly Change[]): Promise<ChangeResult[]>;
  /**
   * Removes a veth pair. The kernel takes tens of milliseconds for one, and hardly more for many at once: so this runs
   * off the event loop, and requests made during a removal are combined into the next. A link that does not exist
   * counts as removed.
   * @throws KernelError as `apply` does.
   */
  removeLink(linkIndex: number): Promise<ChangeResult>;
  /** One link by name; undefined when there is none. */
  link(name: string): Promise<Link | undefined>;
  /**
   * Waits until the kernel sends through a link (IFF_RUNNING). A veth reaches that state a moment after both ends are
   * up, and drops whatever is sent before.
   * @returns false when that takes more than two seconds: the other end is down, or the link is gone.
   */
  untilRunning(linkIndex: number): Promise<boolean>;
  /**
   * All links; repeated when the kernel says that the dump was interrupted (NLM_F_DUMP_INTR), like all dumps here. A list
   * that has not changed since the last call may be the same object, and so may unchanged entries of a changed list.
   */
  links(): Promise<readonly Link[]>;
  addresses(linkIndex?: number): Promise<readonly LinkAddress[]>;
  /** Routes of the main table, optionally of one protocol (filtered in the kernel). */
  routes(filter?: { readonly protocol?: number }): Promise<readonly Route[]>;
  /**
   * The default routes of the main table and its unicast routes directly to a link: a host has few of these, however
   * many routes it has learned. The kernel has to list all routes for that, so do not call this every few seconds.
   */
  nearRoutes(): Promise<Route[]>;
  /**
   * Which route the kernel takes to each address, by its rules, tables and metrics; an address that is missing is
   * unreachable.
   */
  routesTaken(addresses: readonly Address[]): Promise<ReadonlyMap<Address, RouteTaken>>;
  /** Of one link, or of all. */
  neighbours(linkIndex?: number): Promise<readonly Neighbour[]>;
  nextHops(): Promise<readonly NextHop[]>;
  /** How the kernel would reach an address: device, source address; undefined when unreachable. */
  routeTo(address: Address): Promise<RouteTo | undefined>;
  /**
   * The packet filter at the forward hook.
   * @param known the generation read last. @returns undefined when it is still current.
   * @throws KernelError when it cannot be read.
   */
  forwardFilter(known?: number): Promise<ForwardFilter | undefined>;
  /**
   * The route by which the kernel would reach an address, with all its next hops, of which `routeTo` returns one.
   * Undefined when unreachable, and for a local address of this namespace.
   */
  routeEntry(address: Address): Promise<Route | undefined>;
  /**
   * Settings of all links by index; reading five files for each of many links would cost more than the rest of an
   * inspection.
   */
  linkSettings(): Promise<ReadonlyMap<number, LinkSettings>>;
  /** Value of `/proc/sys/<path>` in this namespace, trimmed; undefined when the file does not exist. */
  readSysctl(path: string): string | undefined;
  /** The same, for what is read every few seconds: the file stays open. */
  readSysctlAgain(path: string): string | undefined;
  /**
   * Writes `/proc/sys/<path>` in this namespace.
   * @throws KernelError when the file is missing or the kernel refuses the value.
   */
  writeSysctl(path: string, value: string): void;
  close(): void;
}

/**
 * A network namespace held open: `fd` is for `createVeth`, `inode` tells whether two paths lead to the same namespace.
 */
export interface NamespaceHandle extends NetworkNamespace {
  readonly fd: number;
  readonly inode: bigint;
}

/** What to find out in a pod's namespace. */
export interface PodQuestion {
  /** Index of the pod's end in its namespace. */
  readonly linkIndex: number;
  readonly addresses: readonly Address[];
  /** For each way out, an address reached through it, and the gateway whose neighbour entry is wanted. */
  readonly ways: readonly { readonly to: Address; readonly gateway: Address }[];
}

/** What was found in a pod's namespace. */
export interface PodSight {
  /** The link with that index. */
  readonly link: Link;
  /** Those of the addresses for which the namespace accepts packets. */
  readonly local: ReadonlySet<Address>;
  /** For each way out, in order: the gateway used over the link, and the neighbour entry of the gateway asked for. */
  readonly ways: readonly { readonly gateway: Address | undefined; readonly neighbour: Neighbour | undefined }[];
}

/** The kernel as the rest of flockd uses it. */
export interface Kernel {
  /** The namespace that flockd treats as the host's. */
  readonly host: NetworkNamespace;
  /**
   * Opens the namespace at a path (`/run/netns/x`, `/proc/PID/ns/net`).
   * @throws FlockError `sandboxUnknown` when there is no namespace at the path.
   */
  openNamespace(path: string): NamespaceHandle;
  /**
   * Calls back when something on the host that concerns the listener has changed, or may have, because events were
   * lost. flockd's own changes are not reported, except those of links and what the kernel does in consequence.
   * @returns a function that ends it. @throws KernelError when notifications cannot be received.
   */
  onHostChange(interest: HostInterest, listener: (change: HostChange) => void): () => void;
  /**
   * Looks into a pod's namespace once, on this thread, and keeps nothing of it open. Each request has an answer of one
   * message, so an inspection costs the same however much a pod has put into its tables.
   * @returns undefined when the path does not lead to a network namespace (any longer), or the link is not in it.
   * @throws FlockError `wiringFailed` when it may not be entered; KernelError when the kernel does not answer.
   */
  lookIntoPod(path: string, question: PodQuestion): PodSight | undefined;
  close(): void;
}

/** A failure of the netlink conversation as a whole: socket gone, deadline passed, answer undecodable. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}
