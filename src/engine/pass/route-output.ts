import type { AddressDecision, AddressNextHop } from '../../advertise/decision.ts';
import type { Address } from '../../model/address.ts';
import { hostPrefix } from '../../model/prefix.ts';
import { HostRoutes, type RouteFailures } from '../../routes/host-routes.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { OwnProblems } from '../problem-store.ts';
import type { MendedEnds } from '../watch/host-ends.ts';
import { type Cause, LostRoutes } from './lost-routes.ts';
import { type Announced, type Routed, sameNextHops } from './order.ts';
import { otherRoutes, ownAddresses } from './other-routes.ts';

/** The host's routes as the passes see them. After a call that throws, the next refresh reads the kernel in full. */
export interface RouteOutput {
  /** What the kernel routes, as far as is known. */
  readonly routed: Routed;
  /** Brings `routed` up to what devices have done since, or to what the kernel says when that is in doubt. */
  refresh(): Promise<void>;
  /** Makes or changes the routes of the addresses. @returns those that the kernel has not accepted; they are lost. */
  route(addresses: readonly Address[], wanted: Announced): Promise<Iterable<Address>>;
  /**
   * Removes the routes of the addresses and, after a full reading of the kernel, whatever of ours is not wanted. The end of
   * a pass: a failure for an address that is no longer in `wanted` is no longer a problem.
   * @returns addresses whose route stays.
   */
  unroute(addresses: readonly Address[], wanted: Announced): Promise<Iterable<Address>>;
  /**
   * Asks the kernel which route it takes to the addresses that are new or in doubt: another program's route or rule may
   * win over ours.
   */
  verify(wanted: Announced): Promise<void>;
  /** Addresses to which packets do not take our route. */
  readonly lost: LostRoutes;
  /** What happened to these links since the last refresh, and so to the routes through them. */
  forgetLinks(links: MendedEnds): void;
  /** Reads the kernel in full with the next refresh. */
  forget(): void;
}

/** How many addresses the problem in `status` names. */
const NAMED = 10;

export function createRouteOutput(ports: EnginePorts, state: EngineState): RouteOutput {
  return new KernelRoutes(ports, state);
}

class KernelRoutes implements RouteOutput {
  readonly routed = new Map<Address, Pick<AddressDecision, 'nextHops'>>();
  readonly lost = new LostRoutes();
  readonly #ports: EnginePorts;
  readonly #state: EngineState;
  readonly #routes: HostRoutes;
  readonly #problems: OwnProblems<'routeFailed'>;
  /** Indexes of links that were down: the kernel has dropped the routes through them. */
  readonly #fallen = new Set<number>();
  readonly #unverified = new Set<Address>();
  #allUnverified = true;
  #inDoubt = true;
  #untidy = true;
  #flapped = false;
  /** What is wrong with the routes to the pods' own addresses. */
  #ownFailures: RouteFailures = new Map();
  /** The links as of the last refresh. */
  #links: unknown;

  constructor(ports: EnginePorts, state: EngineState) {
    this.#ports = ports;
    this.#state = state;
    this.#routes = new HostRoutes(ports.kernel.host, state.config.routeProtocol);
    this.#problems = state.problems.of('routes');
  }

  refresh(): Promise<void> {
    return this.#certain(async () => {
      const { links } = this.#state.host;
      if (this.#inDoubt) await this.#resync();
      else if (this.#links !== links || this.#fallen.size > 0) {
        const standing = [...links].filter(([, link]) => !this.#fallen.has(link.index));
        for (const address of this.#routes.forgetLinks(new Map(standing))) this.routed.delete(address);
      }
      this.#links = this.#state.host.links;
      this.#fallen.clear();
      this.#flapped = false;
    });
  }

  route(addresses: readonly Address[], wanted: Announced): Promise<Iterable<Address>> {
    return this.#certain(async () => {
      const decisions = addresses.map((address) => wanted.get(address)).filter((decision) => decision !== undefined);
      const failures = await this.#routes.install(decisions, this.#state.host.links);
      for (const decision of decisions) {
        this.#unverified.add(decision.address);
        if (!failures.has(decision.address)) this.routed.set(decision.address, decision);
        // A route that could not be changed is still there, without the next hops that are wanted.
        else if (this.#routes.has(decision.address)) this.routed.set(decision.address, { nextHops: [] });
        else this.routed.delete(decision.address);
      }
      this.#report('refused', addresses, failures);
      return failures.keys();
    });
  }

  unroute(addresses: readonly Address[], wanted: Announced): Promise<Iterable<Address>> {
    return this.#certain(async () => {
      this.lost.keep((address) => wanted.has(address) || addresses.includes(address));
      this.#tell();
      if (addresses.length === 0 && !this.#untidy) return [];
      const failures = await this.#routes.remove(addresses);
      this.#untidy = false;
      for (const address of addresses) {
        if (failures.has(address)) this.routed.set(address, { nextHops: [] });
        else this.routed.delete(address);
      }
      this.#report('refused', addresses, failures);
      return failures.keys();
    });
  }

  /** All wanted addresses that have a route of ours, and the pods' own; or those that are new. */
  verify(wanted: Announced): Promise<void> {
    return this.#certain(async () => {
      const all = this.#allUnverified;
      const claims = all ? [...wanted.keys()] : [...this.#unverified].filter((address) => wanted.has(address));
      const own = all ? ownAddresses(this.#ports, this.#state) : [];
      if (claims.length + own.length > 0) {
        const { host } = this.#ports.kernel;
        const sentences = await otherRoutes(host, this.#state, [...claims, ...own], this.lost.refused);
        const failed = (addresses: readonly Address[]) =>
          new Map([...sentences].filter(([address]) => addresses.includes(address)));
        if (all) this.#ownFailures = failed(own);
        this.#report('overridden', claims, failed(claims));
      }
      if (this.#ownFailures.size > 0) this.#keepOwnFailures();
      this.#unverified.clear();
      this.#allUnverified = false;
    });
  }

  forgetLinks(ends: MendedEnds): void {
    for (const index of ends.fallen) this.#fallen.add(index);
    if (ends.flapped.size > 0) this.#flapped = true;
    if (this.#routes.hasNextHopThrough(ends.flapped)) this.#inDoubt = true;
  }

  forget(): void {
    this.#inDoubt = true;
  }

  async #certain<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#inDoubt = true;
      throw error;
    }
  }

  /** Reads the kernel in full. */
  async #resync(): Promise<void> {
    const found = await this.#routes.resync(this.#state.host.links);
    if (this.#fallen.size === 0 && !this.#flapped) this.#tellAltered(found);
    this.routed.clear();
    for (const [address, nextHops] of found) this.routed.set(address, { nextHops });
    this.#inDoubt = false;
    this.#untidy = true;
    this.#allUnverified = true;
  }

  /** Reports what another program has done to our routes, where they did not vanish with a device. */
  #tellAltered(found: ReadonlyMap<Address, readonly AddressNextHop[]>): void {
    const wrong: string[] = [];
    for (const [address, { nextHops }] of this.routed) {
      const now = found.get(address);
      if (nextHops.length === 0 || sameNextHops(now === undefined ? undefined : { nextHops: now }, { nextHops }))
        continue;
      const via = nextHops.map((hop) => `${hop.via} on ${hop.interface}`).join(' and ');
      wrong.push(`no route to ${hostPrefix(address)} via ${via}`);
    }
    if (wrong.length === 0) return;
    const fields = { wrong: wrong.slice(0, 10), count: wrong.length };
    this.#ports.log.warn(fields, 'host routes were altered by another program; repairing them');
  }

  /** Notes what has failed, and reports it once. @param tried addresses of which the others have not. */
  #report(cause: Cause, tried: Iterable<Address>, failures: RouteFailures): void {
    const { log, now } = this.#ports;
    for (const [address, message] of failures) {
      if (!this.lost.isNoted(cause, address, message)) log.error({ address }, message);
    }
    this.lost.note(cause, tried, failures, now().getTime());
    this.#tell();
  }

  /** A failure for a pod that is removed, whose routes vanish a moment before this is known, is no longer a problem. */
  #keepOwnFailures(): void {
    const own = new Set(ownAddresses(this.#ports, this.#state));
    this.#ownFailures = new Map([...this.#ownFailures].filter(([address]) => own.has(address)));
    this.#tell();
  }

  #tell(): void {
    // A claim is withheld, and `addresses` says why; a pod's own address is reported nowhere else.
    const messages = [...this.#ownFailures.values(), ...this.lost.messages()];
    const more = messages.length > NAMED ? `; and ${messages.length - NAMED} more` : '';
    const message = `${messages.slice(0, NAMED).join('; ')}${more}`;
    if (messages.length === 0) this.#problems.clear();
    else this.#problems.set('routeFailed', message);
  }
}
