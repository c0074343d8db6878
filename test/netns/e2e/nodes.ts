import { type Fabric, nodePlan, startFabric } from '../../lab/fabric.ts';
import { eventually, type Lab, type Namespace } from '../../lab/lab.ts';
import { FlockNode } from '../../lab/node.ts';
import type { Router } from '../../lab/router.ts';
import { fileWorld } from '../file-world.ts';

/** What a test file of this folder works in. */
export interface World {
  readonly lab: Lab;
  readonly node: FlockNode;
}

/** The same with a router that the node peers with. */
export interface RoutedWorld extends World {
  readonly router: Router;
}

/** Whether a kernel has a default route in both families. */
async function defaultRoutes(namespace: Namespace): Promise<boolean> {
  const shown = [4, 6].map((family) => namespace.exec(['ip', `-${family}`, 'route', 'show', 'default']));
  return (await Promise.all(shown)).every(({ stdout }) => stdout !== '');
}

/**
 * A node with BIRD and daemon that peers with a router.
 * @param config keys of the node's configuration. @param prepare called before anything runs on the node.
 */
export function routedWorld(
  purpose: string,
  config: Record<string, unknown> = {},
  prepare: (lab: Lab, node: FlockNode) => Promise<void> = async () => {},
): () => RoutedWorld {
  return fileWorld(purpose, async (lab) => {
    const fabric: Fabric = await startFabric(lab, 1, config, (node) => prepare(lab, node));
    const [node] = fabric.nodes;
    if (node === undefined) throw new Error('the fabric has no node');
    await eventually(() => defaultRoutes(node.namespace), "the node's kernel has the default routes of the router");
    return { lab, node, router: fabric.router };
  });
}

/** Every key that a node without neighbours needs. */
export const LONELY = {
  pools: nodePlan(1).pools,
  advertise: { allow: [{ prefixes: ['192.0.2.0/24', '2001:db8:ffff::/48'], namespaces: ['*'] }] },
  bgp: { asn: nodePlan(1).asn, routerId: '10.0.1.1', peers: [] },
};

/** A running daemon on a host with no uplink, no address, no default route and no BIRD. @param where a namespace, or the label of a new one. */
export async function lonelyNode(
  lab: Lab,
  where: Namespace | string,
  config: Record<string, unknown> = {},
): Promise<FlockNode> {
  const namespace = typeof where === 'string' ? await lab.namespace(where) : where;
  const node = await FlockNode.create(lab, namespace, { ...LONELY, ...config });
  await node.startDaemon();
  return node;
}

/** {@link lonelyNode} for the whole file. */
export function lonelyWorld(purpose: string, config: Record<string, unknown> = {}): () => World {
  return fileWorld(purpose, async (lab) => ({ lab, node: await lonelyNode(lab, 'node1', config) }));
}

/** A sandbox as container runtimes make it: with a loopback that is down. */
export function sandbox(lab: Lab, label: string): Promise<Namespace> {
  return lab.namespace(label, { loopback: 'down' });
}
