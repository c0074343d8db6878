import type { Allocation } from '../../allocation/allocation.ts';
import { assertEncodable } from '../../allocation/file/file-format.ts';
import { randomMac } from '../../allocation/mac-address.ts';
import { errorText } from '../../errors.ts';
import type { NextHop, Route } from '../../kernel/ports.ts';
import { type Address, addressBits, FAMILIES, familyOf } from '../../model/address.ts';
import { isHostInterfaceName } from '../../model/names.ts';
import { parseAlias } from '../../wiring/alias.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { rebuiltClaims } from './rebuilt-claims.ts';
import { rebuiltPod } from './rebuilt-pod.ts';
import { findSandboxes, type HostEnd, type SandboxFacts } from './sandboxes.ts';

/** What the kernel remembers of a file that was lost. */
interface Rebuilt {
  readonly allocations: readonly Allocation[];
  /**
   * Addresses of pods that nothing names any more, with the index of the interface that has them: in use, and never to be
   * given out while it is there.
   */
  readonly reserved: ReadonlyMap<Address, number>;
}

/** What leads through one link of the host. */
interface Through {
  /** Directly to the link: a pod's own addresses. */
  readonly own: readonly Address[];
  /** Through a next hop, or through a group that has one: claims. */
  readonly routed: readonly Address[];
}

/**
 * Allocations as the kernel remembers them, for a node whose file cannot be used: which container from the interface's
 * alias, its own addresses from the device routes, its claims from the addresses in the pod's own namespace. A pod
 * whose namespace cannot be found keeps its addresses nevertheless; its claims are those that are still routed.
 */
export async function rebuildAllocations(ports: EnginePorts, state: EngineState): Promise<Rebuilt> {
  const { host } = ports.kernel;
  const links = (await host.links()).filter((link) => isHostInterfaceName(link.name) && link.kind === 'veth');
  if (links.length === 0) return { allocations: [], reserved: new Map() };
  const routes = await host.routes({ protocol: state.config.routeProtocol });
  const nextHops = await host.nextHops();
  const ends = links.map((link) => {
    const through = leadingThrough(link.index, routes, nextHops);
    const alias = link.alias === undefined ? undefined : parseAlias(link.alias);
    return { link, alias, ifname: alias?.ifname ?? '', ...through };
  });
  const named = ends.filter((end) => end.alias !== undefined);
  const sandboxes = await findSandboxes(ports.kernel, named);
  const rebuilt: Allocation[] = [];
  const reserved = new Map<Address, number>();
  for (const end of ends) {
    const allocation = await rebuildOne(ports, end, sandboxes.get(end.link.index));
    const wrong = allocation === undefined ? 'it has no alias of ours' : faultOf(ports, [...rebuilt, allocation]);
    if (allocation !== undefined && wrong === undefined) {
      rebuilt.push(allocation);
      continue;
    }
    for (const address of end.own) reserved.set(address, end.link.index);
    const { name, alias } = end.link;
    ports.log.error(
      { interface: name, alias, addresses: end.own },
      `no allocation can be rebuilt from ${name}: ${wrong}; it is left alone, and its addresses stay in use while it is there`,
    );
  }
  return { allocations: rebuilt, reserved };
}

async function rebuildOne(
  ports: EnginePorts,
  { link, routed, ...end }: HostEnd & Through & { readonly alias: ReturnType<typeof parseAlias> },
  sandbox: SandboxFacts | undefined,
): Promise<Allocation | undefined> {
  const { alias } = end;
  if (alias === undefined) return undefined;
  const own = [...end.own, ...(sandbox?.sources ?? [])];
  const [ip4, ip6] = FAMILIES.map((family) => own.find((address) => familyOf(address) === family));
  const { pod, annotations } = rebuiltPod(alias, link.alias ?? '', ports.source.snapshot());
  return {
    containerId: alias.containerId,
    ifname: alias.ifname,
    network: alias.network,
    pod,
    netns: sandbox?.path ?? '',
    hostInterface: link.name,
    hostMac: link.mac,
    podMac: sandbox?.podMac ?? (await neighbourMac(ports, link.index, own)) ?? randomMac(ports.random),
    mtu: link.mtu,
    ip6,
    ip4,
    ...rebuiltClaims({ sandbox, own, routed, annotations }),
    state: 'committed',
    allocatedAt: ports.now().toISOString(),
  };
}

function leadingThrough(index: number, routes: readonly Route[], nextHops: readonly NextHop[]): Through {
  const leaves = new Set(nextHops.filter(({ linkIndex }) => linkIndex === index).map(({ id }) => id));
  const groups = nextHops.filter(({ group }) => group.some((member) => leaves.has(member))).map(({ id }) => id);
  const objects = new Set([...leaves, ...groups]);
  const toHosts = routes.filter(({ destination }) => destination.length === addressBits(destination.family));
  const onDevice = toHosts.filter(({ linkIndex, nextHopId }) => linkIndex === index && nextHopId === undefined);
  const viaObject = toHosts.filter(({ nextHopId }) => nextHopId !== undefined && objects.has(nextHopId));
  const own = onDevice.filter(({ gateway }) => gateway === undefined);
  const routed = [...onDevice.filter(({ gateway }) => gateway !== undefined), ...viaObject];
  return { own: own.map(networkOf), routed: [...new Set(routed.map(networkOf))] };
}

function networkOf({ destination }: Route): Address {
  return destination.network;
}

/** The hardware address that the host has learnt for the pod. */
async function neighbourMac(
  ports: EnginePorts,
  linkIndex: number,
  own: readonly Address[],
): Promise<string | undefined> {
  const neighbours = await ports.kernel.host.neighbours(linkIndex);
  return neighbours.find(({ address, mac }) => mac !== undefined && own.includes(address))?.mac;
}

/** Why allocations could not be written to the file: one that cannot be written must not cost the others. */
function faultOf(ports: EnginePorts, allocations: readonly Allocation[]): string | undefined {
  try {
    assertEncodable({ ...ports.store.state, allocations });
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}
