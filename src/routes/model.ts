import type { Change, NextHop, Route } from '../kernel/ports.ts';
import { type Address, addressBits } from '../model/address.ts';
import { formOf, hopKey, isClaimRoute, memberKey, type RouteForm } from './forms.ts';
import { type Hop, ROUTE_METRIC } from './types.ts';

/** The result of a kernel dump: routes and next hop objects. */
export interface ObservedRoutes {
  /** Routes of our protocol in the main table, of any kind. */
  readonly routes: readonly Route[];
  /** All next hop objects, including those of other programs, since their ids are taken. */
  readonly nextHops: readonly NextHop[];
}

/**
 * The routes to claimed addresses and the next hop objects that the kernel has from us, as far as we know: read once,
 * then kept up to date by `note` with every change that the kernel has confirmed. Plans are made against it, so one
 * change among 10,000 addresses needs no dump.
 */
export class RouteModel {
  readonly protocol: number;
  /** By claimed address: the route with our metric. */
  readonly routes = new Map<Address, RouteForm>();
  /** Routes of ours that are wrong whatever is desired: with another metric, or not to a single address. */
  strays: readonly Route[] = [];
  /** By id, the hop of each leaf; undefined for one of our objects that is neither leaf nor group. */
  readonly leaves = new Map<number, Hop | undefined>();
  /** By id, the ids of each group's members. */
  readonly groups = new Map<number, readonly number[]>();
  readonly #users = new Map<number, number>();
  readonly #groupKeys = new Map<number, string | undefined>();
  readonly #foreignIds = new Set<number>();

  constructor(protocol: number, observed: ObservedRoutes) {
    this.protocol = protocol;
    for (const nextHop of observed.nextHops) this.#addNextHop(nextHop);
    for (const route of observed.routes) this.#addRoute(route);
  }

  #addNextHop({ id, protocol, linkIndex, gateway, group }: NextHop): void {
    if (protocol !== this.protocol) this.#foreignIds.add(id);
    else if (group.length > 0) this.groups.set(id, group);
    else if (linkIndex === undefined || gateway === undefined) this.leaves.set(id, undefined);
    else this.leaves.set(id, { linkIndex, via: gateway });
  }

  #addRoute(route: Route): void {
    if (route.protocol !== this.protocol || !isClaimRoute(route)) return;
    const { family, network, length } = route.destination;
    if (length === addressBits(family) && route.metric === ROUTE_METRIC[family]) this.#setRoute(network, formOf(route));
    else this.strays = [...this.strays, route];
  }

  #setRoute(address: Address, form: RouteForm | undefined): void {
    const old = this.routes.get(address);
    if (old?.kind === 'object') this.#users.set(old.id, this.usersOf(old.id) - 1);
    if (form === undefined) this.routes.delete(address);
    else this.routes.set(address, form);
    if (form?.kind === 'object') this.#users.set(form.id, this.usersOf(form.id) + 1);
  }

  /** How many routes to claimed addresses lead through a next hop object. */
  usersOf(id: number): number {
    return this.#users.get(id) ?? 0;
  }

  /** Whether no next hop object has this id. */
  isFree(id: number): boolean {
    return !this.#foreignIds.has(id) && !this.leaves.has(id) && !this.groups.has(id);
  }

  /** The hops of a group; undefined when it is not a group of ours or has an unknown or duplicate member. */
  groupHops(id: number): readonly Hop[] | undefined {
    const members = this.groups.get(id) ?? [];
    const hops = members.map((member) => this.leaves.get(member)).filter((hop) => hop !== undefined);
    const whole = members.length > 0 && new Set(hops.map(hopKey)).size === members.length;
    return whole ? hops : undefined;
  }

  /** The key of `groupHops`, computed once. */
  groupKey(id: number): string | undefined {
    if (this.#groupKeys.has(id)) return this.#groupKeys.get(id);
    const hops = this.groupHops(id);
    const key = hops === undefined ? undefined : memberKey(hops.map(hopKey));
    this.#groupKeys.set(id, key);
    return key;
  }

  #setGroup(id: number, members: readonly number[] | undefined): void {
    this.#groupKeys.delete(id);
    if (members === undefined) this.groups.delete(id);
    else this.groups.set(id, members);
  }

  /** Records a change that the kernel has made. */
  note(change: Change): void {
    switch (change.kind) {
      case 'replaceNextHop':
        this.leaves.set(change.id, { linkIndex: change.linkIndex, via: change.gateway });
        break;
      case 'replaceNextHopGroup':
        this.#setGroup(change.id, change.members);
        break;
      case 'deleteNextHop':
        this.leaves.delete(change.id);
        this.#setGroup(change.id, undefined);
        break;
      case 'replaceRoute':
        this.#setRoute(change.destination.network, formOf(change));
        break;
      case 'deleteRoute':
        this.#noteDeleted(change);
        break;
    }
  }

  #noteDeleted({ destination, metric }: Extract<Change, { kind: 'deleteRoute' }>): void {
    const { family, network, length } = destination;
    if (length === addressBits(family) && metric === ROUTE_METRIC[family]) this.#setRoute(network, undefined);
    this.strays = this.strays.filter(
      ({ destination: other, metric: its }) => its !== metric || other.network !== network || other.length !== length,
    );
  }

  /**
   * Does what the kernel does when devices go or are taken down: their leaves vanish, from groups too; a group without
   * members vanishes with its routes; so do routes directly through the device.
   * @param isUp whether the device with an index exists and is up.
   * @returns the addresses whose routes have lost a hop or are gone.
   */
  forgetLinks(isUp: (linkIndex: number) => boolean): Address[] {
    const shrunk = this.#forgetLeaves(isUp);
    const touched: Address[] = [];
    for (const [address, form] of this.routes) {
      const viaShrunk = form.kind === 'object' && shrunk.has(form.id);
      const gone = form.kind === 'plain' ? !isUp(form.hop.linkIndex) : viaShrunk && !this.groups.has(form.id);
      if (gone || viaShrunk) touched.push(address);
      if (gone) this.#setRoute(address, undefined);
    }
    return touched;
  }

  /** @returns ids of the groups that have lost a member, or all of them. */
  #forgetLeaves(isUp: (linkIndex: number) => boolean): Set<number> {
    const shrunk = new Set<number>();
    const dead = new Set<number>();
    for (const [id, hop] of this.leaves) if (hop !== undefined && !isUp(hop.linkIndex)) dead.add(id);
    if (dead.size === 0) return shrunk;
    for (const id of dead) this.leaves.delete(id);
    for (const [id, members] of this.groups) {
      const left = members.filter((member) => !dead.has(member));
      if (left.length === members.length) continue;
      shrunk.add(id);
      this.#setGroup(id, left.length === 0 ? undefined : left);
    }
    return shrunk;
  }
}
