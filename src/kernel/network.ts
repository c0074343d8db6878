import { setTimeout as pause } from 'node:timers/promises';
import type { Address, Family } from '../model/address.ts';
import { FAMILIES } from '../model/address.ts';
import { decodeAddress, encodeAddressRequest } from './codec/address.ts';
import { decodeIsRunning, decodeLink, encodeLinkRequest } from './codec/link.ts';
import { clearAges, decodeNeighbour, encodeNeighbourRequest } from './codec/neighbour.ts';
import { decodeNextHop, encodeNextHopRequest } from './codec/nexthop.ts';
import type { Message } from './codec/reader.ts';
import { encodeRoutesRequest } from './codec/route.ts';
import { decodeNearRoute, decodeRoute } from './codec/route-decode.ts';
import {
  decodeLinkSettings,
  decodeNeighbourTable,
  encodeNeighbourTableRequest,
  type SettingsOfLink,
} from './codec/settings.ts';
import type { MessageWriter } from './codec/writer.ts';
import { type HeldNamespace, ownNamespace } from './namespace.ts';
import { Nftables } from './netfilter/nftables.ts';
import { applyChanges } from './netlink/apply.ts';
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
import { OpenSysctls, readSysctl, writeSysctl } from './sysctl.ts';

/** The kernel works during the request, so only a lost answer takes as long as this. */
const DEADLINE_MS = 5_000;
/** The kernel notices the carrier of a new veth within a second (linkwatch in net/core/link_watch.c). */
const RUNNING_PAUSE_MS = 2;
const RUNNING_TRIES = 1_000;
/** IFNAMSIZ (linux/if.h), with the terminating zero byte. */
const INTERFACE_NAME_BYTES = 16;

/** One network namespace, queried over one netlink socket inside it. */
export class Network implements NamespaceHandle {
  readonly #namespace: HeldNamespace;
  readonly #conversation: Conversation;
  readonly #dumps: Dumps;
  readonly #sysctls: OpenSysctls;
  /** The settings read last, and the lists that they were put together from. */
  #settings:
    | (Record<'own' | 'timers', readonly SettingsOfLink[]> & { all: ReadonlyMap<number, LinkSettings> })
    | undefined;
  #removal: LinkRemoval | undefined;
  #filter: Nftables | undefined;
  #closed = false;

  /**
   * Opens the socket, and takes ownership of the namespace.
   * @throws KernelError when that fails; then the namespace is closed.
   */
  constructor(namespace: HeldNamespace) {
    this.#namespace = namespace;
    this.#sysctls = new OpenSysctls(namespace);
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
      // Linux 6.8 and newer catch up with the carrier before answering (linkwatch_sync_dev), so one look is enough.
      const { datagram, sequence } = question(this.#conversation, (writer, number) =>
        encodeLinkRequest(writer, linkIndex, number),
      );
      const { value, refusal } = await this.#conversation.get(datagram, sequence, decodeIsRunning);
      if (value === true) return true;
      if (refusal !== undefined) return false;
    }
    return false;
  }

  links(): Promise<readonly Link[]> {
    return this.#dumps.takeAgain(
      'links',
      (writer, sequence) => encodeLinkRequest(writer, undefined, sequence),
      decodeLink,
    );
  }

  addresses(linkIndex?: number): Promise<readonly LinkAddress[]> {
    const encode = (writer: MessageWriter, sequence: number) => encodeAddressRequest(writer, linkIndex, sequence);
    if (linkIndex === undefined) return this.#dumps.takeAgain('addresses', encode, decodeAddress);
    return this.#dumps.take('addresses', encode, (message) => only(decodeAddress(message), linkIndex), ['ENODEV']);
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
   * A namespace that never had a route has no main table yet (ENOENT). Asked for a family that it lacks, the kernel
   * lists the routes of all others (rtnl_dump_all in net/core/rtnetlink.c).
   */
  #routesOf(
    family: Family,
    protocol: number | undefined,
    decode: (message: Message) => Route | undefined,
  ): Promise<readonly Route[]> {
    const encode = (writer: MessageWriter, sequence: number) =>
      encodeRoutesRequest(writer, family, protocol ?? 0, sequence);
    const decodeOwn = (message: Message): Route | undefined => {
      const route = decode(message);
      return route?.destination.family === family ? route : undefined;
    };
    const what = `IPv${family} routes`;
    if (protocol === undefined) return this.#dumps.take(what, encode, decodeOwn, ['ENOENT']);
    return this.#dumps.takeAgain(`${what} of protocol ${protocol}`, encode, decodeOwn, ['ENOENT']);
  }

  routesTaken(addresses: readonly Address[]): Promise<ReadonlyMap<Address, RouteTaken>> {
    return routesTaken(this.#conversation, addresses);
  }

  neighbours(linkIndex?: number): Promise<readonly Neighbour[]> {
    const encode = (writer: MessageWriter, sequence: number) => encodeNeighbourRequest(writer, linkIndex, sequence);
    if (linkIndex === undefined) return this.#dumps.takeAgain('neighbours', encode, decodeNeighbour, [], clearAges);
    return this.#dumps.take('neighbours', encode, (message) => only(decodeNeighbour(message), linkIndex));
  }

  nextHops(): Promise<readonly NextHop[]> {
    return this.#dumps.takeAgain('next hops', encodeNextHopRequest, decodeNextHop);
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
    const lists = [
      this.#dumps.takeAgain(
        'link settings',
        (w, sequence) => encodeLinkRequest(w, undefined, sequence),
        decodeLinkSettings,
      ),
      this.#dumps.takeAgain('neighbour timers', encodeNeighbourTableRequest, decodeNeighbourTable),
    ];
    const [own = [], timers = []] = await Promise.all(lists);
    if (this.#settings?.own === own && this.#settings.timers === timers) return this.#settings.all;
    const all = new Map<number, LinkSettings>();
    for (const { linkIndex, ...some } of [...own, ...timers]) all.set(linkIndex, { ...all.get(linkIndex), ...some });
    this.#settings = { own, timers, all };
    return all;
  }

  readSysctl(path: string): string | undefined {
    return readSysctl(this.#namespace, path);
  }

  readSysctlAgain(path: string): string | undefined {
    return this.#sysctls.read(path);
  }

  writeSysctl(path: string, value: string): void {
    writeSysctl(this.#namespace, path, value);
  }

  close(): void {
    this.#closed = true;
    this.#conversation.close();
    this.#sysctls.close();
    this.#removal?.close();
    this.#filter?.close();
    if (this.#namespace !== ownNamespace()) this.#namespace.close();
  }
}

/** A kernel that does not filter sends everything. */
function only<T extends { readonly linkIndex: number }>(entry: T | undefined, linkIndex?: number): T | undefined {
  return linkIndex === undefined || entry?.linkIndex === linkIndex ? entry : undefined;
}
