import type { Allocation } from '../../allocation/allocation.ts';
import { findAllocation } from '../../allocation/attachments.ts';
import { ownerElsewhere } from '../../allocation/networks.ts';
import { FlockError } from '../../errors.ts';
import type { NetworkNamespace } from '../../kernel/ports.ts';
import { type Address, FAMILIES, familyOf } from '../../model/address.ts';
import { type NetworkAttachment, podId } from '../../model/attachment.ts';
import { hostPrefix } from '../../model/prefix.ts';
import { HostRoutes } from '../../routes/host-routes.ts';
import { forwardingObstacles } from '../../wiring/host/forwarding.ts';
import { wiringOf } from '../../wiring/of-allocation.ts';
import { inspect } from '../../wiring/wire.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { LostRoutes } from '../pass/lost-routes.ts';
import type { Routed } from '../pass/order.ts';
import { otherRoutes } from '../pass/other-routes.ts';
import type { Reconciler } from '../pass/pass.ts';
import { filterObstacles } from '../watch/host-filter.ts';

/**
 * CHECK: compares the kernel with the allocation, link by link, address by address, route by route, sysctl by sysctl.
 * @param netns the namespace that the runtime names, which may have another path than at ADD.
 * @param reconciler what knows which claimed addresses should have a host route now.
 * @returns the allocation, when everything is as it should be.
 * @throws FlockError `sandboxUnknown` for a container that was never added, or by another network only, `checkFailed` naming everything wrong.
 */
export async function checkAttachment(
  ports: EnginePorts,
  state: EngineState,
  { routed, lost }: Pick<Reconciler, 'routed' | 'lost'>,
  key: NetworkAttachment,
  netns: string,
): Promise<Allocation> {
  const allocation = findAllocation(ports.store.state, key);
  if (allocation === undefined || allocation.state !== 'committed') {
    throw new FlockError(
      'sandboxUnknown',
      `container ${key.containerId} has no interface ${key.ifname} of flock: ADD it first`,
    );
  }
  const owner = ownerElsewhere(allocation, key);
  if (owner !== undefined) {
    throw new FlockError(
      'sandboxUnknown',
      `interface ${key.ifname} of container ${key.containerId} belongs to network ${owner}, not to ${key.network}: CHECK it with the configuration of ${owner}`,
    );
  }
  const wrong = await inspect(ports.kernel, netns, wiringOf(allocation, state.config));
  const { host } = ports.kernel;
  const { ip4, ip6 } = allocation;
  const families = FAMILIES.filter((family) => (family === 4 ? ip4 : ip6) !== undefined);
  wrong.push(...forwardingObstacles(families, (path) => host.readSysctl(path)));
  wrong.push(...filterObstacles((await host.forwardFilter())?.chains ?? [], state.host, [allocation]));
  wrong.push(...(await missingRoutes(host, state.config.routeProtocol, routed, allocation)));
  wrong.push(...(await overridden(host, state, { routed, lost }, allocation)));
  if (wrong.length === 0) return allocation;
  throw new FlockError('checkFailed', `${allocation.hostInterface} of ${podId(allocation.pod)}: ${wrong.join('; ')}`);
}

/** The pod's own addresses, and those claims that should be routed, that packets reach by another route. */
async function overridden(
  host: NetworkNamespace,
  state: EngineState,
  { routed, lost }: { readonly routed: Routed; readonly lost: Pick<LostRoutes, 'get'> },
  { ip4, ip6, anycast, addresses }: Allocation,
): Promise<Iterable<string>> {
  const own = [ip4, ip6].filter((address) => address !== undefined);
  const claims = [...anycast, ...addresses].filter((a) => routed.has(a) || lost.get(a) !== undefined);
  return (await otherRoutes(host, state, [...own, ...claims])).values();
}

/** The claims for which packets should reach this pod now, although the kernel does not route them there. */
async function missingRoutes(
  host: NetworkNamespace,
  protocol: number,
  routed: Routed,
  { hostInterface, ip4, ip6, anycast, addresses }: Allocation,
): Promise<string[]> {
  const leadsHere = (next: Routed, address: Address) =>
    next.get(address)?.nextHops.some((hop) => hop.interface === hostInterface) === true;
  const expected = [...anycast, ...addresses].filter((address) => leadsHere(routed, address));
  if (expected.length === 0) return [];
  const links = new Map((await host.links()).map((link) => [link.name, link]));
  const found = await new HostRoutes(host, protocol).resync(links);
  const present = new Map([...found].map(([address, nextHops]) => [address, { nextHops }]));
  return expected
    .filter((address) => !leadsHere(present, address))
    .map((address) => {
      const own = familyOf(address) === 4 ? ip4 : ip6;
      return `the host has no route to ${hostPrefix(address)} via ${own} on ${hostInterface}`;
    });
}
