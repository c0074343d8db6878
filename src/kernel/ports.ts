import type { Address, Family } from '../model/address.ts';
import type { Prefix } from '../model/prefix.ts';
import type { Change, ChangeResult } from './change.ts';
import type { ForwardFilter } from './filter.ts';
import type { HostChange, HostInterest } from './host-change.ts';
import type { LinkSettings } from './link-settings.ts';

export type { Change, ChangeResult } from './change.ts';
export type { FilterChain, FilterCondition, FilterRule, FilterVerdict, ForwardFilter } from './filter.ts';
export type { HostChange, HostInterest } from './host-change.ts';
export type { LinkSettings } from './link-settings.ts';

/**
 * What flockd asks of the kernel, in values. The only implementation is in this room; the fake for tests is in
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
  /** IFF_LOWER_UP is set: it is up and so is the other end of a veth. */
  readonly carrier: boolean;
  readonly alias: string | undefined;
  /** IPv6 address generation mode: 0 EUI-64, 1 none, 2 stable privacy, 3 random; undefined without IPv6. */
  readonly addrGenMode: number | undefined;
  /** For a veth: index of its peer in the peer's namespace. */
  readonly peerIndex: number | undefined;
  /**
   * How often the link has gained or lost its carrier. A link that was down between two looks, and has lost its routes
   * by that, is told by it. Undefined where the kernel does not count.
   */
  readonly carrierChanges: number | undefined;
  /** Index of the bridge, VRF or bond that the link is a port of; missing when it is none. */
  readonly master?: number;
  /** IFF_NOARP is set: it asks for no neighbour, and what it sends reaches none. Missing when it is not. */
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
  /** Inline next hops, which flockd never installs; empty for a single path. */
  readonly multipath: readonly { readonly linkIndex: number; readonly gateway: Address | undefined }[];
  /** The route's own MTU (`ip route … mtu`), where it has one. */
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

/** The route that the kernel takes to an address, of whichever table. */
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

/** A way into one network namespace. Close it when done. */
export interface NetworkNamespace {
  /**
   * Sends the changes in order, many to a datagram, and reads every answer. A failed change does not stop those
   * behind it. Absent objects count as deleted. An IPv6 address is usable when its change is done. A value that no
   * message can carry is refused as EINVAL.
   * @returns one result per change, in order.
   * @throws KernelError when the socket dies or the kernel does not answer within the deadline.
   */
  apply(changes: readonly Change[]): Promise<ChangeResult[]>;
  /**
   * Removes a veth pair. The kernel takes tens of milliseconds for one, and hardly more for many at once: so this runs
   * off the event loop, and what is asked for while a removal runs goes together in the next one. A link that is not
   * there counts as removed.
   * @throws KernelError as `apply` does.
   */
  removeLink(linkIndex: number): Promise<ChangeResult>;
  /** One link by name; undefined when there is none. */
  link(name: string): Promise<Link | undefined>;
  /**
   * Waits until the kernel sends through a link (IFF_RUNNING). A veth gets there a moment after both ends are up, and
   * whatever is sent before is dropped.
   * @returns false when it does not within two seconds: the other end is down, or the link is gone.
   */
  untilRunning(linkIndex: number): Promise<boolean>;
  /**
   * All links; repeated when the kernel says that the dump was interrupted (NLM_F_DUMP_INTR). So are all dumps here. A list
   * that is as it was when it was read last may be the very same one, and what is as it was in another the same object.
   */
  links(): Promise<readonly Link[]>;
  addresses(linkIndex?: number): Promise<readonly LinkAddress[]>;
  /** Routes of the main table, of one protocol when given (filtered in the kernel). */
  routes(filter?: { readonly protocol?: number }): Promise<readonly Route[]>;
  /**
   * The default routes of the main table and its unicast routes straight to a link: what a host has few of, however many
   * routes it has learned. The kernel lists all of them for that, so this is not for every few seconds.
   */
  nearRoutes(): Promise<Route[]>;
  /** Which route the kernel takes to each address, by its rules, tables and metrics; a missing one leads nowhere. */
  routesTaken(addresses: readonly Address[]): Promise<ReadonlyMap<Address, RouteTaken>>;
  /** Of one link, or of all. */
  neighbours(linkIndex?: number): Promise<readonly Neighbour[]>;
  nextHops(): Promise<readonly NextHop[]>;
  /** How the kernel would reach an address: device, source address; undefined when unreachable. */
  routeTo(address: Address): Promise<RouteTo | undefined>;
  /**
   * The packet filter at the forward hook.
   * @param known the generation that was read last; undefined when it still is that one.
   * @throws KernelError when it cannot be read.
   */
  forwardFilter(known?: number): Promise<ForwardFilter | undefined>;
  /**
   * The route by which the kernel would reach an address, with all its next hops, of which `routeTo` has one. Undefined
   * when unreachable, and for an address of this namespace itself.
   */
  routeEntry(address: Address): Promise<Route | undefined>;
  /** Settings of all links by index: five files for each of many links cost more than everything else of a look. */
  linkSettings(): Promise<ReadonlyMap<number, LinkSettings>>;
  /** Value of `/proc/sys/<path>` in this namespace, trimmed; undefined when the file is not there. */
  readSysctl(path: string): string | undefined;
  /** The same, for what is read every few seconds: the file stays open. */
  readSysctlAgain(path: string): string | undefined;
  /**
   * Writes `/proc/sys/<path>` in this namespace.
   * @throws KernelError when it is missing or refuses.
   */
  writeSysctl(path: string, value: string): void;
  close(): void;
}

/** A network namespace held open: `fd` for `createVeth`, `inode` tells whether two paths are the same namespace. */
export interface NamespaceHandle extends NetworkNamespace {
  readonly fd: number;
  readonly inode: bigint;
}

/** What a look into a pod's namespace is to find out. */
export interface PodQuestion {
  /** Index of the pod's end in its namespace. */
  readonly linkIndex: number;
  readonly addresses: readonly Address[];
  /** For each an address behind the way out, and the gateway whose neighbour entry is asked for. */
  readonly ways: readonly { readonly to: Address; readonly gateway: Address }[];
}

/** What a pod's namespace says. */
export interface PodSight {
  /** The link of that index. */
  readonly link: Link;
  /** Those of the addresses for which the namespace takes packets. */
  readonly local: ReadonlySet<Address>;
  /** For each way, in order: the gateway that is taken over the link, and the neighbour entry of the one asked for. */
  readonly ways: readonly { readonly gateway: Address | undefined; readonly neighbour: Neighbour | undefined }[];
}

/** The kernel as the rest of flockd sees it. */
export interface Kernel {
  /** The namespace in which flockd works as the host. */
  readonly host: NetworkNamespace;
  /**
   * Opens the namespace behind a path (`/run/netns/x`, `/proc/PID/ns/net`).
   * @throws FlockError `sandboxUnknown` when there is no such namespace or the path is something else.
   */
  openNamespace(path: string): NamespaceHandle;
  /**
   * Calls back when something of the host has changed that concerns the listener, or may have, since events were lost.
   * What flockd changes itself is not told of, except links and what the kernel does in consequence.
   * @returns what ends it. @throws KernelError when the kernel cannot be listened to.
   */
  onHostChange(interest: HostInterest, listener: (change: HostChange) => void): () => void;
  /**
   * Looks into a pod's namespace once, on this thread, and holds nothing of it afterwards. What is asked has an answer of
   * one message each, so that the look costs the same however much a pod has put into its tables.
   * @returns undefined when the path leads to no network namespace (any more), or the link is not in it.
   * @throws FlockError `wiringFailed` when it may not be entered; KernelError when the kernel does not answer.
   */
  lookIntoPod(path: string, question: PodQuestion): PodSight | undefined;
  close(): void;
}

/** A kernel conversation that failed as a whole: socket gone, deadline passed, answer undecodable. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}
