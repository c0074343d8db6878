import type { AddressDecision } from '../advertise/types.ts';
import type { Address } from '../model/address.ts';
import { HostRoutes, type RouteFailures } from '../routes/apply.ts';
import type { EnginePorts, EngineState } from './context.ts';
import type { Announced, Routed } from './order.ts';

/** The host's routes as the passes see them. After a call that throws, the next refresh reads the kernel in full. */
export interface RouteOutput {
  /** What the kernel routes, as far as is known. */
  readonly routed: Routed;
  /** Brings `routed` up to what devices have done since, or to what the kernel says when that is in doubt. */
  refresh(): Promise<void>;
  /** Makes or changes the routes of the addresses. @returns those that the kernel has not taken. */
  route(addresses: readonly Address[], wanted: Announced): Promise<Iterable<Address>>;
  /**
   * Removes the routes of the addresses and, after a full look at the kernel, whatever of ours nobody wants. The end of
   * a pass: what failed for an address that is not in `wanted` any more is no problem any more.
   * @returns addresses whose route stays.
   */
  unroute(addresses: readonly Address[], wanted: Announced): Promise<Iterable<Address>>;
  /** These links were down since the last refresh: the kernel has dropped what led through them. */
  forgetLinks(indexes: ReadonlySet<number>): void;
  /** Reads the kernel in full with the next refresh. */
  forget(): void;
}

export function createRouteOutput(ports: EnginePorts, state: EngineState): RouteOutput {
  const routes = new HostRoutes(ports.kernel.host, state.config.routeProtocol);
  const routed = new Map<Address, Pick<AddressDecision, 'nextHops'>>();
  const fallen = new Set<number>();
  const reported = new Map<Address, string>();
  let inDoubt = true;
  let untidy = true;
  let links: unknown;

  /** Notes what has failed, and says it once. @param tried addresses of which the others have not. */
  function report(tried: Iterable<Address>, failures: RouteFailures): void {
    for (const address of tried) if (!failures.has(address)) reported.delete(address);
    for (const [address, message] of failures) {
      if (reported.get(address) !== message) ports.log.error({ address }, message);
      reported.set(address, message);
    }
    tell();
  }

  function tell(): void {
    const message = [...reported.values()].slice(0, 3).join('; ');
    if (reported.size === 0) state.problems.delete('routes');
    else state.problems.set('routes', { code: 'routeFailed', message });
  }

  async function certain<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      inDoubt = true;
      throw error;
    }
  }

  async function refresh(): Promise<void> {
    if (inDoubt) {
      const found = await routes.resync(state.host.links);
      routed.clear();
      for (const [address, nextHops] of found) routed.set(address, { nextHops });
      inDoubt = false;
      untidy = true;
    } else if (links !== state.host.links || fallen.size > 0) {
      const standing = [...state.host.links].filter(([, link]) => !fallen.has(link.index));
      for (const address of routes.forgetLinks(new Map(standing))) routed.delete(address);
    }
    links = state.host.links;
    fallen.clear();
  }

  return {
    routed,
    refresh: () => certain(refresh),
    route: (addresses, wanted) =>
      certain(async () => {
        const decisions = addresses.map((address) => wanted.get(address)).filter((decision) => decision !== undefined);
        const failures = await routes.install(decisions, state.host.links);
        for (const decision of decisions) {
          if (!failures.has(decision.address)) routed.set(decision.address, decision);
          // A route that could not be changed is still there, without the next hops that are wanted.
          else if (routes.has(decision.address)) routed.set(decision.address, { nextHops: [] });
          else routed.delete(decision.address);
        }
        report(addresses, failures);
        return failures.keys();
      }),
    unroute: (addresses, wanted) =>
      certain(async () => {
        const over = [...reported.keys()].filter((address) => !wanted.has(address) && !addresses.includes(address));
        for (const address of over) reported.delete(address);
        if (over.length > 0) tell();
        if (addresses.length === 0 && !untidy) return [];
        const failures = await routes.remove(addresses);
        untidy = false;
        for (const address of addresses) {
          if (failures.has(address)) routed.set(address, { nextHops: [] });
          else routed.delete(address);
        }
        report(addresses, failures);
        return failures.keys();
      }),
    forgetLinks(indexes) {
      for (const index of indexes) fallen.add(index);
    },
    forget() {
      inDoubt = true;
    },
  };
}
