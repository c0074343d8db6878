import type { Allocation } from '../allocation/allocation.ts';
import type { Change, Link, Route } from '../kernel/ports.ts';
import { addressBits } from '../model/address.ts';
import { isHostInterfaceName } from '../model/names.ts';

/** A change that deletes a route. */
type StrayRoute = Extract<Change, { kind: 'deleteRoute' }>;

/**
 * Which of our routes directly to a device to delete: those that do not lead to a pod's own address. Routes with a next
 * hop are handled elsewhere in src/routes. Routes to a link that is not known yet, or to one of ours without an
 * allocation, are kept: the first is being wired, the second was left alone on purpose.
 * @param routes of our protocol; @param links by name.
 */
export function strayDeviceRoutes(
  routes: readonly Route[],
  allocations: readonly Allocation[],
  links: ReadonlyMap<string, Link>,
): StrayRoute[] {
  const owners = new Map(allocations.map((allocation) => [allocation.hostInterface, allocation]));
  const names = new Map([...links].map(([name, { index }]) => [index, name]));
  const isStray = ({ destination, linkIndex, gateway, nextHopId, multipath }: Route): boolean => {
    if (linkIndex === undefined || gateway !== undefined || nextHopId !== undefined || multipath.length > 0)
      return false;
    const name = names.get(linkIndex);
    if (name === undefined) return false;
    const owner = owners.get(name);
    if (owner === undefined) return !isHostInterfaceName(name);
    const isHost = destination.length === addressBits(destination.family);
    return !isHost || (destination.network !== owner.ip4 && destination.network !== owner.ip6);
  };
  return routes.filter(isStray).map(({ destination, protocol, metric, linkIndex }) => ({
    kind: 'deleteRoute',
    destination,
    protocol,
    metric,
    ...(linkIndex === undefined ? {} : { linkIndex }),
  }));
}
