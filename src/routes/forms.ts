import type { Route } from '../kernel/ports.ts';
import type { Hop } from './types.ts';

/** The form of one of our routes: through one hop, through a next hop object, or one that flockd would not choose. */
export type RouteForm =
  | { readonly kind: 'plain'; readonly hop: Hop }
  | { readonly kind: 'object'; readonly id: number }
  | { readonly kind: 'odd' };

/** A hop as a key: equal exactly for equal hops. */
export function hopKey({ linkIndex, via }: Hop): string {
  return `${linkIndex} ${via}`;
}

/** A set of hops as a key, whatever their order. */
export function memberKey(hopKeys: readonly string[]): string {
  return [...hopKeys].sort().join(',');
}

/** Whether a route of our protocol leads to a claimed address: it has a next hop, which a pod's own route does not. */
export function isClaimRoute(route: Route): boolean {
  return route.gateway !== undefined || route.nextHopId !== undefined || route.multipath.length > 0;
}

/** The form of an observed route, or of one that a change makes. */
export function formOf(route: Partial<Pick<Route, 'linkIndex' | 'gateway' | 'nextHopId' | 'onlink'>>): RouteForm {
  if (route.nextHopId !== undefined) return { kind: 'object', id: route.nextHopId };
  const { linkIndex, gateway: via } = route;
  // Without onlink BIRD refuses to learn the route ("strange next-hop"); inline multipath has neither link nor gateway.
  if (linkIndex === undefined || via === undefined || route.onlink !== true) return { kind: 'odd' };
  return { kind: 'plain', hop: { via, linkIndex } };
}
