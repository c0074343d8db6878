import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DIST } from '../lab/cni.ts';
import { CLAIMABLE, ROUTER_ASN } from '../lab/fabric.ts';
import type { Lab } from '../lab/lab.ts';
import { FlockNode, type LabPod } from '../lab/node.ts';
import { Router } from '../lab/router.ts';
import type { PodFacts } from './action.ts';
import { Keeper } from './keeper.ts';
import type { Whole } from './law.ts';
import { LINK, OTHER_BIRD_CONF, PEER, PODS, SOURCES, UPLINK } from './plan.ts';
import { Service } from './service.ts';

/** A node with pods, its router, and the hands that a player has on both. */
export interface TamperedWorld {
  readonly node: FlockNode;
  readonly router: Router;
  readonly keeper: Keeper;
  readonly services: Readonly<Record<'bird' | 'flockd', Service>>;
  readonly pods: ReadonlyMap<string, LabPod>;
  readonly facts: readonly PodFacts[];
  readonly whole: Whole;
}

/** What BIRD has before flockd renders anything, and what a player has it read: a file that knows nothing of flockd. */
const FOREIGN = 'log stderr all;\nrouter id 192.0.2.254;\nprotocol device {}\n';

/** Builds it, in a lab that the caller disposes of. Returns when all pods are wired. */
export async function tamperedWorld(lab: Lab): Promise<TamperedWorld> {
  const routerNamespace = await lab.namespace('router');
  const namespace = await lab.namespace('node1');
  const addresses = [...SOURCES[4].map((ip) => `${ip}/24`), ...SOURCES[6].map((ip) => `${ip}/64`)];
  await lab.connect(routerNamespace, 'to-node1', namespace, UPLINK, { a: addresses, b: LINK.link.node });
  const neighbours = [{ name: 'node1', address: LINK.nodeAddress, asn: LINK.asn }];
  const router = await Router.start(lab, routerNamespace, { asn: ROUTER_ASN, routerId: '10.0.0.254', neighbours });
  const node = await FlockNode.create(lab, namespace, {
    pools: LINK.pools,
    advertise: { allow: [{ prefixes: CLAIMABLE, namespaces: ['*'] }] },
    bgp: {
      asn: LINK.asn,
      peers: [{ name: PEER, address: LINK.routerAddress, asn: ROUTER_ASN, families: ['ipv4', 'ipv6'] }],
    },
  });
  // The control socket lies outside of the folder that is filled.
  await node.configure({ bird: { ...Object(node.config.bird), socket: node.path('bird.ctl') } });
  await writeFile(node.path(OTHER_BIRD_CONF), FOREIGN);
  const keeper = await Keeper.start(lab, node.dir, ['bird', 'state']);
  await keeper.type(namespace, `cp ${OTHER_BIRD_CONF} bird/bird.conf`);
  const inside = (argv: string[]) => () => lab.spawn(namespace, keeper.inside(argv));
  const birdConf = node.path('bird', 'bird.conf');
  const bird = inside(['bird', '-f', '-c', birdConf, '-s', node.path('bird.ctl')]);
  const flockd = inside([join(DIST, 'flockd.js'), '--config', node.path('flock.yaml')]);
  const services = {
    bird: new Service('BIRD', bird, () => accepts(node.path('bird.ctl'))),
    flockd: new Service('flockd', flockd, async () => (await node.plugin('STATUS')).code === 0),
  };
  await services.bird.start();
  await services.flockd.start();
  const pods = new Map<string, LabPod>();
  for (const spec of PODS) pods.set(spec.name, await node.runPod(spec));
  const facts = [...pods.values()].map(factsOf);
  const claims = new Set(facts.flatMap((pod) => pod.claims.map(({ address }) => address)));
  const whole = { pods: [...pods.keys()], claims: [...claims], pools: Object.values(LINK.pools) };
  return { node, router, keeper, services, pods, facts, whole };
}

/** Whether somebody listens on a unix socket. */
function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(path, () => {
      resolve(true);
      client.destroy();
    });
    client.on('error', () => resolve(false));
  });
}

function factsOf({ spec, result, ip4, ip6 }: LabPod): PodFacts {
  const { anycast = '', addresses = '' } = spec.annotations ?? {};
  const listed = (text: string, dev: 'lo' | 'eth0') =>
    text
      .split(',')
      .map((address) => ({ address: address.trim(), dev }))
      .filter(({ address }) => address !== '');
  // The kinds in this order: the first claim is the pod's alone.
  const claims = [...listed(addresses, 'eth0'), ...listed(anycast, 'lo')];
  const first = (isOf: (address: string) => boolean) => claims.find(({ address }) => isOf(address))?.address;
  return {
    name: spec.name,
    device: result.interfaces[0]?.name ?? '',
    ip4,
    ip6,
    claims,
    claim4: first((address) => address.includes('.')),
    claim6: first((address) => address.includes(':')),
  };
}
