import { setTimeout as pause } from 'node:timers/promises';
import type { Address, Family } from '../model/address.ts';
import { FAMILIES } from '../model/address.ts';
import { decodeAddress, encodeAddressRequest } from './codec/address.ts';
import { decodeIsRunning, decodeLink, encodeLinkRequest } from './codec/link.ts';
import { decodeNeighbour, encodeNeighbourRequest } from './codec/neighbour.ts';
import { decodeNextHop, encodeNextHopRequest } from './codec/nexthop.ts';
import type { Message } from './codec/reader.ts';
import { encodeRoutesRequest } from './codec/route.ts';
import { decodeNearRoute, decodeRoute } from './codec/route-decode.ts';
import {
  decodeNeighbourTable,
  decodeNetconf,
  encodeNeighbourTableRequest,
  encodeNetconfRequest,
} from './codec/settings.ts';
import { type HeldNamespace, ownNamespace } from './namespace.ts';
import { Nftables } from './netfilter/nftables.ts';
import { applyChanges } from './netlink/apply-changes.ts';
import { Conversation } from './netlink/conversation.ts';
import { Dumps, question, refused } from './netlink/dump.ts';
import { LinkRemoval } from './netlink/link-removal.ts';
import { routeEntry, routeTo } from './netlink/route-lookup.ts';
import { routesTaken } from './netlink/routes-taken.ts';
import { openNetlinkSocket } from './netlink/socket.ts';
import {
  type Change,
  type ChangeResult,
  type ForwardFilter,
  KernelError,
  type Link,
  type LinkAddress,
  type LinkSettings,
  type NamespaceHandle,
  type Neighbour,
  type NextHop,
  type Route,
  type RouteTaken,
  type RouteTo,
} from './ports.ts';
import { readSysctl, writeSysctl } from './sysctl.ts';

/** The kernel works while it is being asked, so that only a lost answer takes as long as this. */
const DEADLINE_MS = 5_000;
/** The carrier of a new veth is noticed at the latest after a second (linkwatch in net/core/link_watch.c). */
const RUNNING_PAUSE_MS = 2;
const RUNNING_TRIES = 1_000;
/** IFNAMSIZ (linux/if.h), with the terminating zero byte. */
const INTERFACE_NAME_BYTES = 16;

/** One network namespace, asked over one netlink socket that lives in it. */
export class Network implements NamespaceHandle {
  readonly #namespace: HeldNamespace;
  readonly #conversation: Conversation;
  readonly #dumps: Dumps;
  #removal: LinkRemoval | undefined;
  #filter: Nftables | undefined;
  #closed = false;

  /**
   * Opens the socket, and takes the namespace over.
   * @throws KernelError when that fails; then the namespace is closed.
   */
  constructor(namespace: HeldNamespace) {
    this.#namespace = namespace;
    this.#conversation = new Conversation((events) => openNetlinkSocket(namespace, events), DEADLINE_MS);
    this.#dumps = new Dumps(this.#conversation);
    try {
      this.#conversation.connect();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#namespace.fd;
  }

  get inode(): bigint {
    return this.#namespace.inode;
  }

  apply(changes: readonly Change[]): Promise<ChangeResult[]> {
    return applyChanges(this.#conversation, changes, (linkIndex) => this.addresses(linkIndex));
  }

  async removeLink(linkIndex: number): Promise<ChangeResult> {
    if (this.#closed) throw new KernelError('the network namespace has been closed');
    this.#removal ??= new LinkRemoval((events) => openNetlinkSocket(this.#namespace, events, { sending: 'offThread' }));
    return this.#removal.remove(linkIndex);
  }

  async link(name: string): Promise<Link | undefined> {
    const bytes = Buffer.byteLength(name);
    if (bytes === 0 || bytes >= INTERFACE_NAME_BYTES || name.includes('\0')) return undefined;
    const { datagram, sequence } = question(this.#conversation, (writer, number) =>
      encodeLinkRequest(writer, name, number),
    );
    const { value, refusal } = await this.#conversation.get(datagram, sequence, decodeLink);
    if (refusal !== undefined && refusal.errno !== 'ENODEV') throw refused(`the link ${name}`, refusal);
    return value;
  }

  async untilRunning(linkIndex: number): Promise<boolean> {
    for (let tries = 0; tries < RUNNING_TRIES; tries += 1) {
      if (tries > 0) await pause(RUNNING_PAUSE_MS);
      // Linux 6.8 and newer catch up with the carrier before answering (linkwatch_sync_dev), so that one look is enough.
      const { datagram, sequence } = question(this.#conversation, (writer, number) =>
        encodeLinkRequest(writer, linkIndex, number),
      );
      const { value, refusal } = await this.#conversation.get(datagram, sequence, decodeIsRunning);
      if (value === true) return true;
      if (refusal !== undefined) return false;
    }
    return false;
  }

  links(): Promise<Link[]> {
    return this.#dumps.take('links', (writer, sequence) => encodeLinkRequest(writer, undefined, sequence), decodeLink);
  }

  addresses(linkIndex?: number): Promise<LinkAddress[]> {
    return this.#dumps.take(
      'addresses',
      (writer, sequence) => encodeAddressRequest(writer, linkIndex, sequence),
      (message) => only(decodeAddress(message), linkIndex),
      ['ENODEV'],
    );
  }

  async routes(filter: { readonly protocol?: number } = {}): Promise<Route[]> {
    const { protocol } = filter;
    const decode = (message: Message): Route | undefined => {
      const route = decodeRoute(message);
      return protocol === undefined || route?.protocol === protocol ? route : undefined;
    };
    return (await Promise.all(FAMILIES.map((family) => this.#routesOf(family, protocol, decode)))).flat();
  }

  async nearRoutes(): Promise<Route[]> {
    return (await Promise.all(FAMILIES.map((family) => this.#routesOf(family, undefined, decodeNearRoute)))).flat();
  }

  /**
   * A namespace that never had a route has no main table yet (ENOENT). Asked for a family that it has not, the kernel
   * lists those of all others (rtnl_dump_all in net/core/rtnetlink.c).
   */
  #routesOf(
    family: Family,
    protocol: number | undefined,
    decode: (message: Message) => Route | undefined,
  ): Promise<Route[]> {
    return this.#dumps.take(
      `IPv${family} routes`,
      (writer, sequence) => encodeRoutesRequest(writer, family, protocol ?? 0, sequence),
      (message) => {
        const route = decode(message);
        return route?.destination.family === family ? route : undefined;
      },
      ['ENOENT'],
    );
  }

  routesTaken(addresses: readonly Address[]): Promise<ReadonlyMap<Address, RouteTaken>> {
    return routesTaken(this.#conversation, addresses);
  }

  neighbours(linkIndex?: number): Promise<Neighbour[]> {
    return this.#dumps.take(
      'neighbours',
      (writer, sequence) => encodeNeighbourRequest(writer, linkIndex, sequence),
      (message) => only(decodeNeighbour(message), linkIndex),
    );
  }

  nextHops(): Promise<NextHop[]> {
    return this.#dumps.take('next hops', encodeNextHopRequest, decodeNextHop);
  }

  routeTo(address: Address): Promise<RouteTo | undefined> {
    return routeTo(this.#conversation, address);
  }

  routeEntry(address: Address): Promise<Route | undefined> {
    return routeEntry(this.#conversation, address);
  }

  async forwardFilter(known?: number): Promise<ForwardFilter | undefined> {
    if (this.#closed) throw new KernelError('the network namespace has been closed');
    this.#filter ??= new Nftables((events) => openNetlinkSocket(this.#namespace, events, { bus: 'netfilter' }));
    return this.#filter.forward(known);
  }

  async linkSettings(): Promise<ReadonlyMap<number, LinkSettings>> {
    const netconf = (family: Family) =>
      this.#dumps.take('link settings', (w, sequence) => encodeNetconfRequest(w, family, sequence), decodeNetconf);
    const lists = [
      ...FAMILIES.map(netconf),
      this.#dumps.take('neighbour timers', encodeNeighbourTableRequest, decodeNeighbourTable),
    ];
    const settings = new Map<number, LinkSettings>();
    for (const { linkIndex, ...some } of (await Promise.all(lists)).flat()) {
      settings.set(linkIndex, { ...settings.get(linkIndex), ...some });
    }
    return settings;
  }

  readSysctl(path: string): string | undefined {
    return readSysctl(this.#namespace, path);
  }

  writeSysctl(path: string, value: string): void {
    writeSysctl(this.#namespace, path, value);
  }

  close(): void {
    this.#closed = true;
    this.#conversation.close();
    this.#removal?.close();
    this.#filter?.close();
    if (this.#namespace !== ownNamespace()) this.#namespace.close();
  }
}

/** Kernels that do not filter send everything. */
function only<T extends { readonly linkIndex: number }>(entry: T | undefined, linkIndex?: number): T | undefined {
  return linkIndex === undefined || entry?.linkIndex === linkIndex ? entry : undefined;
}
