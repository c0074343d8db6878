import type { AddressDecision, AddressNextHop } from '../../advertise/types.ts';
import type { Address } from '../../model/address.ts';
import { hostPrefix } from '../../model/prefix.ts';
import { HostRoutes, type RouteFailures } from '../../routes/apply.ts';
import type { EnginePorts, EngineState } from '../context.ts';
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
  /** Makes or changes the routes of the addresses. @returns those that the kernel has not taken; they are lost. */
  route(addresses: readonly Address[], wanted: Announced): Promise<Iterable<Address>>;
  /**
   * Removes the routes of the addresses and, after a full look at the kernel, whatever of ours nobody wants. The end of
   * a pass: what failed for an address that is not in `wanted` any more is no problem any more.
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
  /** What became of these links since the last refresh, and with them of what led through them. */
  forgetLinks(links: MendedEnds): void;
  /** Reads the kernel in full with the next refresh. */
  forget(): void;
}

/** How many addresses the problem in `status` names. */
const NAMED = 10;

export function createRouteOutput(ports: EnginePorts, state: EngineState): RouteOutput {
  const routes = new HostRoutes(ports.kernel.host, state.config.routeProtocol);
  const routed = new Map<Address, Pick<AddressDecision, 'nextHops'>>();
  const problems = state.problems.of('routes');
  const fallen = new Set<number>();
  const lost = new LostRoutes();
  const unverified = new Set<Address>();
  let allUnverified = true;
  let inDoubt = true;
  let untidy = true;
  let flapped = false;
  let ownFailures: RouteFailures = new Map();
  let links: unknown;

  /** Notes what has failed, and says it once. @param tried addresses of which the others have not. */
  function report(cause: Cause, tried: Iterable<Address>, failures: RouteFailures): void {
    for (const [address, message] of failures) {
      if (!lost.isNoted(cause, address, message)) ports.log.error({ address }, message);
    }
    lost.note(cause, tried, failures, ports.now().getTime());
    tell();
  }

  function tell(): void {
    // A claim is withheld, and `addresses` says why; of a pod's own address nothing else tells.
    const messages = [...ownFailures.values(), ...lost.messages()];
    const more = messages.length > NAMED ? `; and ${messages.length - NAMED} more` : '';
    const message = `${messages.slice(0, NAMED).join('; ')}${more}`;
    if (messages.length === 0) problems.clear();
    else problems.set('routeFailed', message);
  }

  async function certain<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      inDoubt = true;
      throw error;
    }
  }

  /** Says what another program has done to our routes, where it was not a device that took them with it. */
  function tellAltered(found: ReadonlyMap<Address, readonly AddressNextHop[]>): void {
    const wrong: string[] = [];
    for (const [address, { nextHops }] of routed) {
      const now = found.get(address);
      if (nextHops.length === 0 || sameNextHops(now === undefined ? undefined : { nextHops: now }, { nextHops }))
        continue;
      const via = nextHops.map((hop) => `${hop.via} on ${hop.interface}`).join(' and ');
      wrong.push(`no route to ${hostPrefix(address)} via ${via}`);
    }
    if (wrong.length === 0) return;
    const fields = { wrong: wrong.slice(0, 10), count: wrong.length };
    ports.log.warn(fields, 'host routes were altered by another program; putting them right');
  }

  async function refresh(): Promise<void> {
    if (inDoubt) {
      const found = await routes.resync(state.host.links);
      if (fallen.size === 0 && !flapped) tellAltered(found);
      routed.clear();
      for (const [address, nextHops] of found) routed.set(address, { nextHops });
      inDoubt = false;
      untidy = true;
      allUnverified = true;
    } else if (links !== state.host.links || fallen.size > 0) {
      const standing = [...state.host.links].filter(([, link]) => !fallen.has(link.index));
      for (const address of routes.forgetLinks(new Map(standing))) routed.delete(address);
    }
    links = state.host.links;
    fallen.clear();
    flapped = false;
  }

  /** What failed for a pod that goes, whose routes go a moment before it is known to, is no problem any more. */
  function keepOwnFailures(): void {
    const own = new Set(ownAddresses(ports, state));
    ownFailures = new Map([...ownFailures].filter(([address]) => own.has(address)));
    tell();
  }

  /** All wanted addresses that have a route of ours, and the pods' own; or those that are new. */
  async function verify(wanted: Announced): Promise<void> {
    const claims = allUnverified ? [...wanted.keys()] : [...unverified].filter((address) => wanted.has(address));
    const own = allUnverified ? ownAddresses(ports, state) : [];
    if (claims.length + own.length > 0) {
      const sentences = await otherRoutes(ports.kernel.host, state, [...claims, ...own], lost.refused);
      const failed = (addresses: readonly Address[]) =>
        new Map([...sentences].filter(([address]) => addresses.includes(address)));
      if (allUnverified) ownFailures = failed(own);
      report('overridden', claims, failed(claims));
    }
    if (ownFailures.size > 0) keepOwnFailures();
    unverified.clear();
    allUnverified = false;
  }

  return {
    routed,
    refresh: () => certain(refresh),
    route: (addresses, wanted) =>
      certain(async () => {
        const decisions = addresses.map((address) => wanted.get(address)).filter((decision) => decision !== undefined);
        const failures = await routes.install(decisions, state.host.links);
        for (const decision of decisions) {
          unverified.add(decision.address);
          if (!failures.has(decision.address)) routed.set(decision.address, decision);
          // A route that could not be changed is still there, without the next hops that are wanted.
          else if (routes.has(decision.address)) routed.set(decision.address, { nextHops: [] });
          else routed.delete(decision.address);
        }
        report('refused', addresses, failures);
        return failures.keys();
      }),
    verify: (wanted) => certain(() => verify(wanted)),
    lost,
    unroute: (addresses, wanted) =>
      certain(async () => {
        lost.keep((address) => wanted.has(address) || addresses.includes(address));
        tell();
        if (addresses.length === 0 && !untidy) return [];
        const failures = await routes.remove(addresses);
        untidy = false;
        for (const address of addresses) {
          if (failures.has(address)) routed.set(address, { nextHops: [] });
          else routed.delete(address);
        }
        report('refused', addresses, failures);
        return failures.keys();
      }),
    forgetLinks(ends) {
      for (const index of ends.fallen) fallen.add(index);
      if (ends.flapped.size > 0) flapped = true;
      if (routes.hasNextHopThrough(ends.flapped)) inDoubt = true;
    },
    forget() {
      inDoubt = true;
    },
  };
}
