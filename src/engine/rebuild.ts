import { readdirSync } from 'node:fs';
import type { Allocation } from '../allocation/types.ts';
import type { Kernel, Link, LinkAddress, NamespaceHandle, Route } from '../kernel/ports.ts';
import { type Address, addressBits, familyOf } from '../model/address.ts';
import { isHostInterfaceName } from '../model/names.ts';
import { type AliasFacts, parseAlias } from '../wiring/alias.ts';
import type { EnginePorts, EngineState } from './context.ts';

/**
 * Allocations as the kernel remembers them, for a node whose file cannot be used: which container from the interface's
 * alias, its own addresses from the device routes, its claims from the addresses in the pod's own namespace. A pod
 * whose namespace cannot be found keeps its addresses all the same; its claims are those that are still routed.
 */
export async function rebuildAllocations(ports: EnginePorts, state: EngineState): Promise<Allocation[]> {
  const { kernel, log } = ports;
  const links = (await kernel.host.links()).filter((link) => isHostInterfaceName(link.name) && link.kind === 'veth');
  if (links.length === 0) return [];
  const routes = await kernel.host.routes({ protocol: state.config.routeProtocol });
  const rebuilt: Allocation[] = [];
  for (const link of links) {
    const alias = link.alias === undefined ? undefined : parseAlias(link.alias);
    if (alias === undefined) {
      log.error(
        { interface: link.name, alias: link.alias },
        'interface without an alias of ours: left alone, its addresses stay in use',
      );
      continue;
    }
    const sandbox = await findSandbox(kernel, link, alias.ifname);
    rebuilt.push(await rebuildOne(ports, link, alias, routes, sandbox));
    sandbox?.namespace.close();
  }
  return rebuilt;
}

interface Sandbox {
  readonly path: string;
  readonly namespace: NamespaceHandle;
  readonly link: Link;
}

async function rebuildOne(
  ports: EnginePorts,
  link: Link,
  alias: AliasFacts,
  routes: readonly Route[],
  sandbox: Sandbox | undefined,
): Promise<Allocation> {
  const onDevice = routes.filter((route) => route.linkIndex === link.index && isHostRoute(route));
  const own = onDevice.filter((route) => route.gateway === undefined).map((route) => route.destination.network);
  const ip6 = own.find((address) => familyOf(address) === 6);
  const ip4 = own.find((address) => familyOf(address) === 4);
  const inPod = sandbox === undefined ? [] : await sandbox.namespace.addresses();
  const claimed = (index: number | undefined) =>
    inPod.filter((address) => address.linkIndex === index && isClaimLike(address)).map((address) => address.address);
  const loopback = await sandbox?.namespace.link('lo');
  const routed = onDevice.filter((route) => route.gateway !== undefined).map((route) => route.destination.network);
  return {
    containerId: alias.containerId,
    ifname: alias.ifname,
    pod: { namespace: alias.namespace, name: alias.podName },
    netns: sandbox?.path ?? '',
    hostInterface: link.name,
    hostMac: link.mac,
    podMac: sandbox?.link.mac ?? '00:00:00:00:00:00',
    mtu: link.mtu,
    ip6,
    ip4,
    anycast: sandbox === undefined ? routed : claimed(loopback?.index),
    addresses: sandbox === undefined ? [] : claimed(sandbox.link.index).filter((address) => !own.includes(address)),
    state: 'committed',
    allocatedAt: ports.now().toISOString(),
  };
}

function isHostRoute(route: Route): boolean {
  return route.destination.length === addressBits(route.destination.family);
}

/** A host address of global scope that no kernel puts there by itself. */
function isClaimLike(address: LinkAddress): address is LinkAddress & { address: Address } {
  return address.scope === 'global' && address.prefixLength === addressBits(familyOf(address.address));
}

/** The namespace in which the other end of a veth is. A veth's two ends name each other by index. */
async function findSandbox(kernel: Kernel, hostLink: Link, ifname: string): Promise<Sandbox | undefined> {
  for (const path of candidatePaths()) {
    let namespace: NamespaceHandle;
    try {
      namespace = kernel.openNamespace(path);
    } catch {
      // The process ended, or the file is no namespace any more: not the one that is looked for.
      continue;
    }
    const link = await namespace.link(ifname);
    const loopback = await namespace.link('lo');
    const isPeer = link?.kind === 'veth' && link.peerIndex === hostLink.index && link.index === hostLink.peerIndex;
    if (link !== undefined && loopback !== undefined && isPeer) return { path, namespace, link };
    namespace.close();
  }
  return undefined;
}

/** Where runtimes keep network namespaces, the lasting ones first. */
function candidatePaths(): string[] {
  const named = ['/run/netns', '/run/docker/netns'].flatMap((folder) =>
    list(folder).map((name) => `${folder}/${name}`),
  );
  const processes = list('/proc').filter((name) => /^\d+$/.test(name));
  return [...named, ...processes.map((pid) => `/proc/${pid}/ns/net`)];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Not every host has every folder.
    return [];
  }
}
