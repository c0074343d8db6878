import {
  type Change,
  type ChangeResult,
  type ForwardFilter,
  KernelError,
  type Link,
  type LinkAddress,
  type LinkSettings,
  type Neighbour,
  type NetworkNamespace,
  type NextHop,
  type PodQuestion,
  type PodSight,
  type Route,
  type RouteTaken,
  type RouteTo,
} from '../../src/kernel/ports.ts';
import type { Address } from '../../src/model/address.ts';
import { formatPrefix } from '../../src/model/prefix.ts';
import { carryOut } from './kernel-changes.ts';
import { isOwnAddress, lookup, routeTaken, routeTo } from './kernel-routing.ts';
import { linkSettings } from './kernel-sysctls.ts';
import { describeLink, emptyTables, isRunning, refuse, type Tables } from './kernel-tables.ts';

/**
 * A network namespace in memory. Tests look into `tables`, `log` and `print()`, and make it fail with `failNext`,
 * `failWhen`, `hang` and `die`.
 */
export class FakeNamespace implements NetworkNamespace {
  readonly tables: Tables = emptyTables();
  /** The packet filter; a test puts another one in its place, with another generation. */
  filter: ForwardFilter = { generation: 1, chains: [] };
  /** Every change asked for, in order, also those that failed. */
  readonly log: Change[] = [];
  /** Every sysctl written, in order. */
  readonly writes: { path: string; value: string }[] = [];
  readonly #namespaceOf: (fd: number) => Tables | undefined;
  readonly #linksChanged: () => void;
  #failures: { matches: (change: Change) => boolean; errno: string; skip: number; left: number }[] = [];
  #dead: KernelError | undefined;
  #hanging: Promise<void> | undefined;

  constructor(namespaceOf: (fd: number) => Tables | undefined, linksChanged: () => void) {
    this.#namespaceOf = namespaceOf;
    this.#linksChanged = linksChanged;
  }

  /** The nth change from now (1 is the next) fails with the errno and changes nothing. */
  failNth(nth: number, errno: string): void {
    this.#failures.push({ matches: () => true, errno, skip: nth - 1, left: 1 });
  }

  /** Changes that match fail with the errno and change nothing, `times` of them. */
  failWhen(matches: (change: Change) => boolean, errno: string, times: number = Number.POSITIVE_INFINITY): void {
    this.#failures.push({ matches, errno, skip: 0, left: times });
  }

  /** No failures any more, neither planned ones nor death. */
  heal(): void {
    this.#failures = [];
    this.#dead = undefined;
  }

  /** From now on every call fails as a whole, as when the socket is lost. */
  die(message = 'the netlink socket failed: recvmsg failed: ENOMEM'): void {
    this.#dead = new KernelError(message);
  }

  /**
   * From now on calls do not return. @returns what lets them go: they then fail as at the deadline, and later calls work.
   */
  hang(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#hanging = promise;
    return () => {
      this.#hanging = undefined;
      resolve();
    };
  }

  async apply(changes: readonly Change[]): Promise<ChangeResult[]> {
    await this.#gate();
    const results = changes.map((change) => this.#apply(change));
    const ofLinks = ['createVeth', 'setLink', 'deleteLink'];
    if (changes.some(({ kind }, at) => ofLinks.includes(kind) && results[at]?.ok === true)) {
      this.#linksChanged();
    }
    return results;
  }

  async removeLink(linkIndex: number): Promise<ChangeResult> {
    const [result] = await this.apply([{ kind: 'deleteLink', linkIndex }]);
    return result ?? { ok: true };
  }

  #apply(change: Change): ChangeResult {
    this.log.push(change);
    for (const failure of this.#failures) {
      if (failure.left <= 0 || !failure.matches(change)) continue;
      if (failure.skip-- > 0) continue;
      failure.left -= 1;
      return refuse(failure.errno);
    }
    return carryOut(this.tables, change, this.#namespaceOf);
  }

  async link(name: string): Promise<Link | undefined> {
    await this.#gate();
    const found = [...this.tables.links.values()].find((link) => link.name === name);
    return found === undefined ? undefined : describeLink(found, this.tables);
  }

  async untilRunning(linkIndex: number): Promise<boolean> {
    await this.#gate();
    const link = this.tables.links.get(linkIndex);
    return link !== undefined && isRunning(link);
  }

  async links(): Promise<Link[]> {
    await this.#gate();
    return [...this.tables.links.values()].map((link) => describeLink(link, this.tables));
  }

  async addresses(linkIndex?: number): Promise<LinkAddress[]> {
    await this.#gate();
    return this.tables.addresses.filter((entry) => linkIndex === undefined || entry.linkIndex === linkIndex);
  }

  async routes(filter: { readonly protocol?: number } = {}): Promise<Route[]> {
    await this.#gate();
    return this.tables.routes.filter(({ protocol }) => filter.protocol === undefined || protocol === filter.protocol);
  }

  async nearRoutes(): Promise<Route[]> {
    await this.#gate();
    return this.tables.routes.filter(
      ({ destination, gateway, nextHopId, multipath }) =>
        destination.length === 0 || (gateway === undefined && nextHopId === undefined && multipath.length === 0),
    );
  }

  async routesTaken(addresses: readonly Address[]): Promise<ReadonlyMap<Address, RouteTaken>> {
    await this.#gate();
    const taken = addresses.map((address) => [address, routeTaken(this.tables, address)] as const);
    return new Map(taken.flatMap(([address, route]) => (route === undefined ? [] : [[address, route]])));
  }

  async neighbours(linkIndex?: number): Promise<Neighbour[]> {
    await this.#gate();
    return this.tables.neighbours.filter((entry) => linkIndex === undefined || entry.linkIndex === linkIndex);
  }

  async nextHops(): Promise<NextHop[]> {
    await this.#gate();
    return [...this.tables.nextHops.values()];
  }

  async routeTo(address: Address): Promise<RouteTo | undefined> {
    await this.#gate();
    return routeTo(this.tables, address);
  }

  async forwardFilter(known?: number): Promise<ForwardFilter | undefined> {
    await this.#gate();
    return this.filter.generation === known ? undefined : this.filter;
  }

  async routeEntry(address: Address): Promise<Route | undefined> {
    await this.#gate();
    return lookup(this.tables, address);
  }

  async linkSettings(): Promise<ReadonlyMap<number, LinkSettings>> {
    await this.#gate();
    return linkSettings(this.tables);
  }

  readSysctl(path: string): string | undefined {
    if (this.#dead !== undefined) throw this.#dead;
    return this.tables.sysctls.get(path);
  }

  readSysctlAgain(path: string): string | undefined {
    return this.readSysctl(path);
  }

  writeSysctl(path: string, value: string): void {
    if (this.#dead !== undefined) throw this.#dead;
    this.writes.push({ path, value });
    if (!this.tables.sysctls.has(path)) throw new KernelError(`cannot set the sysctl ${path}: ENOENT`);
    this.tables.sysctls.set(path, value);
  }

  /** What `Kernel.lookIntoPod` finds here. */
  sight({ linkIndex, addresses, ways }: PodQuestion): PodSight | undefined {
    if (this.#dead !== undefined) throw this.#dead;
    const link = this.tables.links.get(linkIndex);
    if (link === undefined) return undefined;
    return {
      link: describeLink(link, this.tables),
      local: new Set(addresses.filter((address) => isOwnAddress(this.tables, address))),
      ways: ways.map(({ to, gateway }) => ({
        gateway: lookup(this.tables, to, (route) => route.linkIndex === linkIndex)?.gateway,
        neighbour: this.tables.neighbours.find((entry) => entry.linkIndex === linkIndex && entry.address === gateway),
      })),
    };
  }

  close(): void {}

  /** The tables in the manner of `ip`, for messages of failed tests. */
  print(): string {
    const { links, addresses, routes, nextHops, neighbours } = this.tables;
    const device = (index: number | undefined): string => (index === undefined ? '' : ` dev ${links.get(index)?.name}`);
    return [
      ...[...links.values()].map((link) => `link ${link.index} ${link.name} ${link.up ? 'up' : 'down'} ${link.mac}`),
      ...addresses.map((entry) => `address ${entry.address}/${entry.prefixLength}${device(entry.linkIndex)}`),
      ...routes.map((route) => {
        const via = route.gateway === undefined ? '' : ` via ${route.gateway}`;
        const by = route.nextHopId === undefined ? '' : ` nhid ${route.nextHopId}`;
        return `route ${formatPrefix(route.destination)}${via}${device(route.linkIndex)}${by} proto ${route.protocol}`;
      }),
      ...[...nextHops.values()].map((hop) => `nexthop ${hop.id} ${hop.gateway ?? hop.group}${device(hop.linkIndex)}`),
      ...neighbours.map((entry) => `neighbour ${entry.address} ${entry.mac}${device(entry.linkIndex)}`),
    ].join('\n');
  }

  async #gate(): Promise<void> {
    if (this.#hanging !== undefined) {
      await this.#hanging;
      throw new KernelError('the kernel did not answer a netlink request within 5000 ms');
    }
    if (this.#dead !== undefined) throw this.#dead;
  }
}
