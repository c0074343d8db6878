import type { Change, NetworkNamespace, NextHop, Route } from '../../kernel/ports.ts';
import { addressBits } from '../../model/address.ts';
import { formatPrefix } from '../../model/prefix.ts';
import { strayDeviceRoutes } from '../../routes/stray.ts';
import type { EnginePorts, EngineState } from '../context.ts';

/**
 * Hands the routes over to the route protocol of the configuration, where the previous daemon had another one: the
 * number is how a daemon knows its own, and what it does not know it leaves alone. No route is absent meanwhile. Where a
 * group of next hops leads to several pods, one of them receives all packets until the first pass makes a new group.
 *
 * The number in use is remembered in the file, in the end, so that an interrupted change is done again.
 * @throws KernelError
 */
export async function takeOverRoutes({ kernel, store, log }: EnginePorts, state: EngineState): Promise<void> {
  const to = state.config.routeProtocol;
  const { routeProtocol: from, allocations } = store.state;
  if (from === to) return;
  if (from !== undefined) {
    const { host } = kernel;
    const routes = await host.routes({ protocol: from });
    const nextHops = (await host.nextHops()).filter(({ protocol }) => protocol === from);
    const links = new Map((await host.links()).map((link) => [link.name, link]));
    const strays = strayDeviceRoutes(routes, allocations, links);
    const failures = await applyAll(host, [...strays, ...handOver(routes, nextHops, to), ...deleteAll(nextHops)]);
    log.info({ from, to, routes: routes.length }, 'route protocol changed: the routes have the new one');
    for (const message of failures) log.error({}, message);
  }
  try {
    await store.update((stored) => ({ ...stored, routeProtocol: to }));
  } catch (error) {
    // The next start finds nothing left to hand over, and tries again to remember that.
    log.error({ err: error }, `the route protocol ${to} is in use but not remembered`);
  }
}

/**
 * The same routes to claimed addresses with another protocol and without next hop objects. What has no known
 * destination, or is no route to one address, is deleted. Routes directly to a device are repaired with the pods'
 * wiring.
 */
export function handOver(routes: readonly Route[], nextHops: readonly NextHop[], to: number): Change[] {
  const byId = new Map(nextHops.map((nextHop) => [nextHop.id, nextHop]));
  return routes.flatMap((route): Change[] => {
    const { destination, protocol, metric } = route;
    if (route.gateway === undefined && route.nextHopId === undefined && route.multipath.length === 0) return [];
    const object = route.nextHopId === undefined ? undefined : byId.get(route.nextHopId);
    const leaf = object?.group.length ? byId.get(object.group[0] ?? 0) : object;
    const { linkIndex, gateway } = leaf ?? route;
    const isHost = destination.length === addressBits(destination.family);
    if (!isHost || linkIndex === undefined || gateway === undefined) {
      return [{ kind: 'deleteRoute', destination, protocol, metric }];
    }
    return [{ kind: 'replaceRoute', destination, linkIndex, gateway, onlink: true, protocol: to, metric }];
  });
}

/** Groups first: a leaf takes the groups that it is alone in with it, and deleting what no longer exists succeeds. */
function deleteAll(nextHops: readonly NextHop[]): Change[] {
  const groups = nextHops.filter(({ group }) => group.length > 0);
  const leaves = nextHops.filter(({ group }) => group.length === 0);
  return [...groups, ...leaves].map(({ id }) => ({ kind: 'deleteNextHop', id }));
}

async function applyAll(host: NetworkNamespace, changes: readonly Change[]): Promise<string[]> {
  const results = await host.apply(changes);
  return changes.flatMap((change, at) => {
    const result = results[at];
    if (result === undefined || result.ok) return [];
    const subject = 'destination' in change ? `the route to ${formatPrefix(change.destination)}` : 'a next hop object';
    return [`${subject} keeps the old route protocol: the kernel refuses: ${result.message ?? result.errno}`];
  });
}
