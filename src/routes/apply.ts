import type { AddressDecision, AddressNextHop } from '../advertise/types.ts';
import { type Change, type ChangeResult, KernelError, type NetworkNamespace } from '../kernel/ports.ts';
import type { Address } from '../model/address.ts';
import { type HostLinks, resolveRoutes, routedNow } from './desired.ts';
import { RouteModel } from './model.ts';
import { planDelta, planSuperseded, planSweep } from './plan.ts';
import { type Refusal, refusalIn, refusalSentence, refusedAddresses } from './refusals.ts';
import type { DesiredRoutes } from './types.ts';

/** The part of a network namespace that routes need. */
export type RoutingNamespace = Pick<NetworkNamespace, 'apply' | 'routes' | 'nextHops'>;

/** Addresses whose route is not as requested, each with a sentence that says why. */
export type RouteFailures = ReadonlyMap<Address, string>;

/**
 * The host's routes to claimed addresses. It remembers what the kernel has confirmed, so a change costs only what it
 * changes. One call at a time. After a call has thrown, the next one reads the kernel again.
 */
export class HostRoutes {
  readonly #host: RoutingNamespace;
  readonly #protocol: number;
  #model: RouteModel | undefined;
  /**
   * Refusals (by errno) that a fresh read of the kernel has confirmed, so that they need not be checked again each
   * time.
   */
  readonly #confirmed = new Map<Address, string>();

  /** @param protocol kernel route protocol number, by which a restarted daemon recognises its own. */
  constructor(host: RoutingNamespace, protocol: number) {
    this.#host = host;
    this.#protocol = protocol;
  }

  /**
   * Reads the kernel again: at the start, and when its state is in doubt. Changes nothing.
   * @returns the next hops of every address that we route now; none when the route has to be corrected.
   * @throws KernelError
   */
  async resync(links: HostLinks): Promise<ReadonlyMap<Address, readonly AddressNextHop[]>> {
    this.#model = undefined;
    return routedNow(await this.#known(), links);
  }

  /** Whether the kernel has a route of ours to the address, correct or not, as far as is known. */
  has(address: Address): boolean {
    return this.#model?.routes.has(address) ?? false;
  }

  /** Whether a next hop object of ours leads through one of these links, as far as is known. */
  hasNextHopThrough(linkIndexes: ReadonlySet<number>): boolean {
    if (linkIndexes.size === 0 || this.#model === undefined) return false;
    return [...this.#model.leaves.values()].some((hop) => hop !== undefined && linkIndexes.has(hop.linkIndex));
  }

  /**
   * Records that devices have gone or are down: the kernel has removed routes and next hops through them.
   * @returns the addresses whose routes are gone or have lost a next hop.
   */
  forgetLinks(links: HostLinks): readonly Address[] {
    const up = new Set<number>();
    for (const link of links.values()) if (link.up) up.add(link.index);
    return this.#model?.forgetLinks((index) => up.has(index)) ?? [];
  }

  /**
   * Adds or corrects the routes of these decisions; a route that is already correct costs nothing. An address that
   * fails keeps the route that it had. Decisions without next hops are skipped: their routes stay until `remove`.
   * @throws KernelError
   */
  async install(decisions: Iterable<AddressDecision>, links: HostLinks): Promise<RouteFailures> {
    const { desired, failures } = resolveRoutes(decisions, links);
    let refused = await this.#make(desired);
    if ([...refused].some(([address, { errno }]) => this.#confirmed.get(address) !== errno)) {
      // The kernel's state may have changed behind our back: read it again before reporting an error.
      this.#model = undefined;
      refused = await this.#make(new Map([...desired].filter(([address]) => refused.has(address))));
    }
    for (const address of desired.keys()) {
      const refusal = refused.get(address);
      if (refusal === undefined) this.#confirmed.delete(address);
      else {
        this.#confirmed.set(address, refusal.errno);
        failures.set(address, refusalSentence(address, refusal));
      }
    }
    await this.#tidy([...desired.keys()]);
    return failures;
  }

  /**
   * Removes the routes of these addresses, and those of our routes that are wrong in any case. Call it when BIRD no
   * longer announces the addresses.
   * @throws KernelError
   */
  async remove(addresses: Iterable<Address>): Promise<RouteFailures> {
    const model = await this.#known();
    const { remove } = planDelta(model, new Map([...addresses].map((address) => [address, []])));
    const results = await this.#apply(model, remove);
    const failures = new Map<Address, string>();
    for (const [at, change] of remove.entries()) {
      const refusal = refusalIn(results[at]);
      if (change.kind !== 'deleteRoute' || refusal === undefined) continue;
      const { network } = change.destination;
      failures.set(
        network,
        `the route to ${network} cannot be removed: the kernel refuses: ${refusal.message} (${refusal.errno})`,
      );
    }
    await this.#tidy([]);
    return failures;
  }

  /**
   * Removes next hop objects that no route uses, and routes of these addresses that another of ours has replaced.
   * Whatever remains carries no packets, and is tried again at the next call.
   */
  async #tidy(addresses: readonly Address[]): Promise<void> {
    const model = await this.#known();
    await this.#apply(model, [...planSuperseded(model, addresses), ...planSweep(model)]);
  }

  async #known(): Promise<RouteModel> {
    if (this.#model === undefined) {
      const filter = { protocol: this.#protocol };
      const [routes, nextHops] = await Promise.all([this.#host.routes(filter), this.#host.nextHops()]);
      this.#model = new RouteModel(this.#protocol, { routes, nextHops });
    }
    return this.#model;
  }

  async #make(desired: DesiredRoutes): Promise<Map<Address, Refusal>> {
    const model = await this.#known();
    const plan = planDelta(model, desired);
    return refusedAddresses(plan, await this.#apply(model, plan.make));
  }

  /** Applies changes, and records their results. */
  async #apply(model: RouteModel, changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    if (changes.length === 0) return [];
    try {
      const results = await this.#host.apply(changes);
      if (results.length !== changes.length) {
        throw new KernelError(`${changes.length} changes were sent, ${results.length} results came back`);
      }
      for (const [at, change] of changes.entries()) if (results[at]?.ok === true) model.note(change);
      return results;
    } catch (error) {
      this.#model = undefined;
      throw error;
    }
  }
}
