import { eventually, type Lab } from './lab.ts';
import { FlockNode } from './node.ts';
import { Router } from './router.ts';

/** A router and the nodes that peer with it. */
export interface Fabric {
  router: Router;
  nodes: FlockNode[];
}

/** Autonomous system of the router; node number n has this plus n. */
export const ROUTER_ASN = 64600;

/** Addresses of node number n (from 1), all out of the ranges for documentation and private use. */
export function nodePlan(n: number): {
  link: { router: string[]; node: string[] };
  routerAddress: string;
  nodeAddress: string;
  nodeAddress6: string;
  pools: { ipv4: string; ipv6: string };
  asn: number;
} {
  return {
    link: {
      router: [`10.0.${n}.254/24`, `2001:db8:0:${n}::fe/64`],
      node: [`10.0.${n}.1/24`, `2001:db8:0:${n}::1/64`],
    },
    routerAddress: `10.0.${n}.254`,
    nodeAddress: `10.0.${n}.1`,
    nodeAddress6: `2001:db8:0:${n}::1`,
    pools: { ipv4: `10.1.${n}.0/24`, ipv6: `2001:db8:1:${n}::/64` },
    asn: ROUTER_ASN + n,
  };
}

/** What every pod of the lab may claim. */
export const CLAIMABLE = ['192.0.2.0/24', '2001:db8:ffff::/48'];

/**
 * Makes a router and nodes, each on a link of its own, starts every BIRD and every daemon, and waits until all sessions
 * are up and the router has the pools.
 * @param config keys that replace those of every node's configuration
 * @param prepare called with each node before anything runs on it
 */
export async function startFabric(
  lab: Lab,
  count: number,
  config: Record<string, unknown> = {},
  prepare: (node: FlockNode) => Promise<void> = async () => {},
): Promise<Fabric> {
  const routerNamespace = await lab.namespace('router');
  const nodes: FlockNode[] = [];
  for (let n = 1; n <= count; n += 1) {
    const plan = nodePlan(n);
    const namespace = await lab.namespace(`node${n}`);
    await lab.connect(routerNamespace, `to-node${n}`, namespace, 'uplink0', { a: plan.link.router, b: plan.link.node });
    const families = ['ipv4', 'ipv6'];
    const node = await FlockNode.create(lab, namespace, {
      pools: plan.pools,
      advertise: { allow: [{ prefixes: CLAIMABLE, namespaces: ['*'] }] },
      bgp: { asn: plan.asn, peers: [{ name: 'tor', address: plan.routerAddress, asn: ROUTER_ASN, families }] },
      ...config,
    });
    await prepare(node);
    nodes.push(node);
  }
  const neighbours = nodes.map((node, index) => {
    const plan = nodePlan(index + 1);
    return { name: node.namespace.label, address: plan.nodeAddress, asn: plan.asn };
  });
  const router = await Router.start(lab, routerNamespace, { asn: ROUTER_ASN, routerId: '10.0.0.254', neighbours });
  await Promise.all(
    nodes.map(async (node) => {
      await node.startBird();
      await node.startDaemon();
    }),
  );
  await poolsAnnounced({ router, nodes });
  return { router, nodes };
}

/** Waits until the router's kernel has both pools of every node. */
export async function poolsAnnounced(fabric: Fabric, timeoutMs = 20_000): Promise<void> {
  const pools = fabric.nodes.flatMap((_node, index) => Object.values(nodePlan(index + 1).pools));
  await eventually(
    async () => {
      const seen = (await fabric.router.kernelRoutes()).map((route) => route.dst);
      const missing = pools.filter((pool) => !seen.includes(pool));
      if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
      return true;
    },
    'the router has the pools of every node',
    timeoutMs,
  );
}
