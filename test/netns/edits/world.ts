import { readFile, writeFile } from 'node:fs/promises';
import type { Lab, LabBird, Namespace } from '../../lab/lab.ts';
import { FlockNode } from '../../lab/node.ts';
import { RouteMonitor } from '../../lab/route-monitor.ts';
import { Daemon } from './daemon.ts';
import type { Desk } from './desk.ts';
import type { Dice } from './dice.ts';
import { Flipper, type FlippingPod } from './flipper.ts';
import { Ledger } from './ledger.ts';
import { CLAIMABLE, claimsOf, FLIPPING, NODE_ASN, POOLS, ROUTERS, SHARED, STEADY } from './names.ts';
import { Observer } from './observer.ts';
import { routerConfig } from './router-config.ts';

/** `bird.confirmTimeout`: the shortest that there is. */
const CONFIRM_SECONDS = 5;

/** How long sessions may take to come up and bring everything, in milliseconds. */
export const SESSION_MS = 30_000;

/** A node with pods, the two routers that it tells of them, and whatever watches both. */
export interface EditedWorld {
  readonly lab: Lab;
  readonly node: FlockNode;
  readonly daemon: Daemon;
  readonly routers: ReadonlyMap<string, LabBird>;
  readonly monitors: ReadonlyMap<string, RouteMonitor>;
  readonly ledger: Ledger;
  readonly observer: Observer;
  /** Lets pods begin to flip. */
  readonly startFlipper: (dice: Dice) => Flipper;
  /** What the operator has written so far. */
  readonly desk: Desk;
  /** The text that BIRD reads. */
  readonly birdConf: () => Promise<string>;
  /** Ends what watches the routers; the lab ends all else. */
  [Symbol.dispose](): void;
}

/** Builds it, in a lab that the caller disposes of, and returns when both routers have everything. */
export async function editedWorld(lab: Lab): Promise<EditedWorld> {
  const namespace = await lab.namespace('node1');
  const routers = new Map<string, LabBird>();
  const monitors = new Map<string, RouteMonitor>();
  for (const plan of ROUTERS) {
    const router = await lab.namespace(plan.router);
    await lab.connect(router, 'to-node1', namespace, `to-${plan.router}`, { a: plan.link.router, b: plan.link.node });
    monitors.set(plan.router, await RouteMonitor.start(lab, router));
    routers.set(plan.router, await lab.bird(router, routerConfig(plan)));
  }
  const ledger = new Ledger();
  const observer = new Observer(routers, ledger);
  try {
    const { node, desk } = await startNode(lab, namespace);
    const pods = await runPods(node, ledger);
    for (const { router } of ROUTERS) await observer.guard(router, SESSION_MS);
    return {
      lab,
      node,
      desk,
      daemon: new Daemon(node.path('flock.sock')),
      routers,
      monitors,
      ledger,
      observer,
      startFlipper: (dice) => new Flipper(node, pods, { ledger, observer }, dice),
      birdConf: () => readFile(node.path('bird', 'bird.conf'), 'utf8'),
      [Symbol.dispose]: () => observer.stop(),
    };
  } catch (error) {
    observer.stop();
    throw error;
  }
}

async function startNode(lab: Lab, namespace: Namespace): Promise<{ node: FlockNode; desk: Desk }> {
  const peers = ROUTERS.map(({ peer: name, address, asn }) => ({ name, address, asn, families: ['ipv4', 'ipv6'] }));
  const bgp = { asn: NODE_ASN, routerId: '10.0.1.1' };
  const node = await FlockNode.create(lab, namespace, {
    pools: POOLS,
    advertise: { allow: [{ prefixes: CLAIMABLE, namespaces: ['*'] }] },
    bgp: { ...bgp, peers },
  });
  await node.configure({ bird: { ...Object(node.config.bird), confirmTimeout: CONFIRM_SECONDS } });
  await node.startBird();
  await node.startDaemon();
  const { bgp: _bgp, ...keys } = node.config;
  const passwordFile = node.path('password');
  await writeFile(passwordFile, 'not-the-password-of-the-router\n', { mode: 0o600 });
  return { node, desk: { keys, bgp, peers, passwordFile, remark: 'as it was in the beginning', overlays: new Map() } };
}

/** Runs all pods, ready. @returns those that flip. */
async function runPods(node: FlockNode, ledger: Ledger): Promise<FlippingPod[]> {
  ledger.set([...Object.values(POOLS), ...claimsOf(SHARED)], 'present');
  const flipping: FlippingPod[] = [];
  for (const number of [...STEADY, ...FLIPPING]) {
    const own = claimsOf(number);
    const shared = number === STEADY[0] || number === FLIPPING[0] ? claimsOf(SHARED) : [];
    // Half of them have their own addresses on eth0, and every kind is told to the routers.
    const kind = number % 2 === 0 ? 'addresses' : 'anycast';
    const annotations = {
      anycast: [...shared, ...(kind === 'anycast' ? own : [])].join(','),
      addresses: kind === 'addresses' ? own.join(',') : '',
    };
    const spec = {
      name: `pod-${number}`,
      annotations: Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== '')),
    };
    await node.runPod({ ...spec, ready: true });
    ledger.set(own, 'present');
    if (FLIPPING.includes(number)) flipping.push({ spec, prefixes: own });
  }
  return flipping;
}
