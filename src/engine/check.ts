import type { Allocation } from '../allocation/types.ts';
import { FlockError } from '../errors.ts';
import type { NetworkNamespace } from '../kernel/ports.ts';
import { familyOf } from '../model/address.ts';
import type { AttachmentKey } from '../model/attachment.ts';
import { formatPrefix, hostPrefix } from '../model/prefix.ts';
import { inspect } from '../wiring/apply.ts';
import { findAllocation } from './allocations.ts';
import type { EnginePorts, EngineState } from './context.ts';
import type { Routed } from './order.ts';
import { wiringOf } from './wiring-of.ts';

/**
 * CHECK: compares the kernel with the allocation, link by link, address by address, route by route, sysctl by sysctl.
 * @param netns the namespace that the runtime names, which may have another path than at ADD.
 * @param routed the claimed addresses that should have a host route now.
 * @returns the allocation, when all is well.
 * @throws FlockError `sandboxUnknown` for a container that was never added, `checkFailed` naming everything wrong.
 */
export async function checkAttachment(
  ports: EnginePorts,
  state: EngineState,
  routed: Routed,
  key: AttachmentKey,
  netns: string,
): Promise<Allocation> {
  const allocation = findAllocation(ports.store.state, key);
  if (allocation === undefined || allocation.state !== 'committed') {
    throw new FlockError(
      'sandboxUnknown',
      `container ${key.containerId} has no interface ${key.ifname} of flock: ADD it first`,
    );
  }
  const wrong = await inspect(ports.kernel, netns, wiringOf(allocation, state.config));
  const claimed = [...allocation.anycast, ...allocation.addresses].filter((address) => routed.has(address));
  if (claimed.length > 0) {
    const present = await routesByDestination(ports.kernel.host, state.config.routeProtocol);
    for (const address of claimed) {
      const own = familyOf(address) === 4 ? allocation.ip4 : allocation.ip6;
      if (!present.has(hostPrefix(address))) wrong.push(`the host has no route to ${hostPrefix(address)} via ${own}`);
    }
  }
  if (wrong.length === 0) return allocation;
  throw new FlockError(
    'checkFailed',
    `${allocation.hostInterface} of ${allocation.pod.namespace}/${allocation.pod.name}: ${wrong.join('; ')}`,
  );
}

async function routesByDestination(host: NetworkNamespace, protocol: number): Promise<Set<string>> {
  const routes = await host.routes({ protocol });
  return new Set(
    routes.filter((r) => r.gateway !== undefined || r.nextHopId !== undefined).map((r) => formatPrefix(r.destination)),
  );
}
