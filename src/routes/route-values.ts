import type { Change } from '../kernel/ports.ts';
import type { Address, Family } from '../model/address.ts';

/** One hop to a claimed address: the pod's own address of the same family, on its host device. */
export interface Hop {
  readonly via: Address;
  readonly linkIndex: number;
}

/** How claimed addresses are to be routed. No hops: no route. */
export type DesiredRoutes = ReadonlyMap<Address, readonly Hop[]>;

/** The changes that lead from what the kernel has to what is desired, in parts for the order of effects. */
export interface RoutePlan {
  /** Leaves, then groups, then routes. Traffic to an address that keeps a hop is never interrupted. */
  readonly make: readonly Change[];
  /** Routes to remove once BIRD no longer announces them. */
  readonly remove: readonly Change[];
  /**
   * Addresses whose packets are redirected by a group's change in `make`, without a change of their routes; by the
   * group's id.
   */
  readonly carriedBy: ReadonlyMap<number, readonly Address[]>;
}

/**
 * Metric of our routes to claimed addresses, by family.
 *
 * A BIRD that exports our static routes to the kernel (include mode, an operator's own configuration) installs
 * `<address> dev <device>` with metric 32, its default (BIRD manual, "Kernel", `metric`). If such a route won, the host
 * would try to resolve the claimed address itself on the veth, for which a pod does not answer. The default metric of
 * IPv4 routes is 0, which is better; for IPv6 the kernel turns 0 into 1024, which is worse.
 */
export const ROUTE_METRIC: Readonly<Record<Family, number>> = { 4: 0, 6: 20 };

/**
 * The range of our next hop objects' ids: 2^20 of them from (route protocol × 2^20) on, with the default protocol 202
 * from 211,812,352. The kernel and FRR count theirs up from 1, FRR's daemons from 250,000,000. An id that another
 * program has nevertheless is skipped.
 */
export function nextHopIdRange(protocol: number): { readonly first: number; readonly last: number } {
  const first = protocol * 2 ** 20;
  return { first, last: first + 2 ** 20 - 1 };
}
