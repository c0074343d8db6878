import type { AddressDecision } from '../advertise/types.ts';
import type { Address } from '../model/address.ts';
import { HostRoutes, type RouteFailures } from '../routes/apply.ts';
import type { EnginePorts, EngineState } from './context.ts';
import type { Announced, Routed } from './order.ts';

/** The host's routes as the passes see them. */
export interface RouteOutput {
  /** What the kernel routes, as far as is known. */
  readonly routed: Routed;
  /** Brings `routed` up to what devices have done since, or to what the kernel says when that is in doubt. */
  refresh(): Promise<void>;
  /** Makes or changes the routes of the addresses. @returns those that the kernel has not taken. */
  route(addresses: readonly Address[], wanted: Announced): Promise<Iterable<Address>>;
  /** Removes the routes of the addresses, and whatever of ours nobody wants. */
  unroute(addresses: readonly Address[]): Promise<void>;
  /** Reads the kernel in full with the next refresh. */
  forget(): void;
}

export function createRouteOutput(ports: EnginePorts, state: EngineState): RouteOutput {
  const routes = new HostRoutes(ports.kernel.host, state.config.routeProtocol);
  const routed = new Map<Address, Pick<AddressDecision, 'nextHops'>>();
  let inDoubt = true;
  let links: unknown;

  function report(failures: RouteFailures): void {
    for (const [address, message] of failures) ports.log.error({ address }, message);
    if (failures.size === 0) state.problems.delete('routes');
    else state.problems.set('routes', { code: 'routeFailed', message: [...failures.values()].slice(0, 3).join('; ') });
  }

  return {
    routed,
    async refresh() {
      if (inDoubt) {
        const found = await routes.resync(state.host.links);
        routed.clear();
        for (const [address, nextHops] of found) routed.set(address, { nextHops });
        inDoubt = false;
        links = state.host.links;
      }
      if (links !== state.host.links) {
        for (const address of routes.forgetLinks(state.host.links)) routed.delete(address);
        links = state.host.links;
      }
    },
    async route(addresses, wanted) {
      const decisions = addresses.map((address) => wanted.get(address)).filter((decision) => decision !== undefined);
      const failures = await routes.install(decisions, state.host.links);
      for (const decision of decisions) {
        if (!failures.has(decision.address)) routed.set(decision.address, decision);
        // A route that could not be changed is still there, without the next hops that are wanted.
        else if (routes.has(decision.address)) routed.set(decision.address, { nextHops: [] });
        else routed.delete(decision.address);
      }
      report(failures);
      return failures.keys();
    },
    async unroute(addresses) {
      report(await routes.remove(addresses));
      for (const address of addresses) routed.delete(address);
    },
    forget() {
      inDoubt = true;
    },
  };
}
