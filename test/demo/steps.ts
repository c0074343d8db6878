import { readFile } from 'node:fs/promises';
import { type Fabric, nodePlan } from '../lab/fabric.ts';
import { eventually, type Lab } from '../lab/lab.ts';
import type { LabPod } from '../lab/node.ts';
import { podManifest } from '../lab/pod-manifest.ts';
import { type RouteMonitor, wallClock } from '../lab/route-monitor.ts';
import type { Narrator } from './narrator.ts';
import { type Replica, request, SERVICE, startReplica, turnReadiness } from './service.ts';

const REQUESTS = 40;
/** Addresses of the pod of step 6: on its eth0, for software that looks only there. */
const EXTRA = { ip4: '192.0.2.80', ip6: '2001:db8:ffff::80' };

/** What the steps share. */
export interface Demo {
  lab: Lab;
  fabric: Fabric;
  tell: Narrator;
  monitor: RouteMonitor;
}

/** Whether the router's kernel has exactly these nodes as next hops, in both families. */
async function pathsAre(demo: Demo, service: { ip4: string; ip6: string }, nodes: readonly number[]): Promise<boolean> {
  const plans = nodes.map(nodePlan);
  const hops4 = await demo.fabric.router.nextHops(service.ip4);
  const hops6 = await demo.fabric.router.nextHops(service.ip6);
  if (hops4.length !== nodes.length || hops6.length !== nodes.length)
    throw new Error(`next hops: ${[...hops4, ...hops6].join(' ')}`);
  // An IPv6 next hop may be the node's link-local address as well.
  return plans.every((plan) => hops4.includes(plan.nodeAddress));
}

async function showRouter(demo: Demo, service: { ip4: string; ip6: string }): Promise<void> {
  const { router } = demo.fabric;
  await demo.tell.run(router.namespace, ['ip', 'route', 'show', service.ip4]);
  await demo.tell.run(router.namespace, ['ip', '-6', 'route', 'show', service.ip6]);
  const command = `show route for ${service.ip4}`;
  demo.tell.output('router', `birdc ${command}`, await router.birdc(command));
}

/** Requests in both families; tells who answered, and whether these nodes did and no others. */
async function requestsReach(demo: Demo, names: readonly string[]): Promise<void> {
  for (const address of [SERVICE.ip4, SERVICE.ip6]) {
    const answers = await request(demo.fabric.router.namespace, address, REQUESTS);
    const said = Object.entries(answers).map(([name, count]) => `${count} from ${name}`);
    const right = Object.keys(answers).sort().join() === names.join();
    demo.tell.expect(
      `${REQUESTS} HTTP requests to ${address} are answered by ${names.join(' and ')}: ${said.join(', ')}`,
      right,
    );
  }
}

/** Tells how long after `since` the router's kernel changed for the service, in both families. */
async function tellDelay(
  demo: Demo,
  service: { ip4: string; ip6: string },
  since: number,
  from: string,
): Promise<void> {
  for (const address of [service.ip4, service.ip6]) {
    const event = demo.monitor.first(
      since,
      (line) => line.replace(/^Deleted /, '').startsWith(`${address} `),
      `a change for ${address}`,
    );
    const seen = await demo.tell.expectSoon(`the router's kernel tells of a change for ${address}`, event);
    if (seen !== undefined) demo.tell.say(`       ${(seen.at - since).toFixed(1)} ms after ${from}`);
  }
}

/** Two pods with one service. */
export async function twoReplicas(demo: Demo): Promise<Replica[]> {
  const { tell, lab, fabric } = demo;
  tell.step(`Two replicas of one anycast service, ${SERVICE.ip4} and ${SERVICE.ip6}, one on each node`);
  const replicas = await Promise.all(fabric.nodes.map((node) => startReplica(lab, node)));
  for (const { node, pod } of replicas) {
    tell.output(node.namespace.label, `CNI_COMMAND=ADD CNI_IFNAME=eth0 … flock`, JSON.stringify(pod.result.ips));
    await tell.run(pod.namespace, ['ip', '-brief', 'address']);
  }
  return replicas;
}

/** Both paths, and requests over both. */
export async function bothPaths(demo: Demo): Promise<void> {
  demo.tell.step('The router has both paths, in its kernel and in BIRD, and requests reach both');
  const both = eventually(() => pathsAre(demo, SERVICE, [1, 2]), 'two paths in both families');
  await demo.tell.expectSoon('the router has two next hops in both families', both);
  await showRouter(demo, SERVICE);
  for (const node of demo.fabric.nodes) await demo.tell.run(node.namespace, ['ip', 'route', 'show', SERVICE.ip4]);
  await requestsReach(demo, ['node1', 'node2']);
}

/** One replica fails its probe. */
export async function oneTurnsUnready(demo: Demo, replica: Replica): Promise<void> {
  const { tell } = demo;
  tell.step('The replica on node2 turns unready: its path goes');
  const told = await turnReadiness(replica);
  await tellDelay(demo, SERVICE, told, 'its probe was answered with 503');
  const one = eventually(() => pathsAre(demo, SERVICE, [1]), 'one path in both families');
  await tell.expectSoon('the router has one next hop left in both families', one);
  await showRouter(demo, SERVICE);
  tell.output('node2', 'flockctl addresses', await replica.node.flockctl(['addresses']));
  await requestsReach(demo, ['node1']);
}

/** And passes it again. */
export async function itComesBack(demo: Demo, replica: Replica): Promise<void> {
  demo.tell.step('It comes back');
  const told = await turnReadiness(replica);
  await tellDelay(demo, SERVICE, told, 'its probe was answered with 200');
  const both = eventually(() => pathsAre(demo, SERVICE, [1, 2]), 'two paths in both families');
  await demo.tell.expectSoon('the router has two next hops again', both);
  await demo.tell.run(demo.fabric.router.namespace, ['ip', 'route', 'show', SERVICE.ip4]);
  await requestsReach(demo, ['node1', 'node2']);
}

/** A pod with addresses of its own on eth0, whose readiness somebody else decides. */
export async function addressesPod(demo: Demo): Promise<LabPod> {
  const { tell, fabric } = demo;
  const [node] = fabric.nodes;
  if (node === undefined) throw new Error('the demo has no node');
  tell.step(`A pod on node1 with addresses of its own, ${EXTRA.ip4} and ${EXTRA.ip6}, bound to its eth0`);
  const spec = { name: 'mail', annotations: { addresses: `${EXTRA.ip4},${EXTRA.ip6}` }, ready: true };
  const pod = await node.runPod(spec);
  await tell.run(pod.namespace, ['ip', '-brief', 'address', 'show', 'eth0']);
  await tell.expectSoon(
    'the router has a path',
    eventually(() => pathsAre(demo, EXTRA, [1]), 'one path in both families'),
  );
  await showRouter(demo, EXTRA);
  for (const address of [EXTRA.ip4, EXTRA.ip6]) {
    const ping = await tell.run(fabric.router.namespace, ['ping', '-c1', '-W1', address], { allowFailure: true });
    tell.expect(`${address} answers`, ping.code === 0);
  }
  const renamed = wallClock();
  await node.writePod(podManifest({ ...spec, ready: false }));
  await tellDelay(demo, EXTRA, renamed, "its manifest's Ready condition became False");
  await tell.expectSoon(
    'its path goes',
    eventually(() => pathsAre(demo, EXTRA, []), 'no path'),
  );
  return pod;
}

/** Everything is deleted again, and nothing of it stays. */
export async function cleanUp(demo: Demo, replicas: readonly Replica[], mail: LabPod): Promise<void> {
  const { tell, fabric } = demo;
  tell.step('DEL of every pod: the routes, interfaces and allocations go');
  for (const replica of replicas) {
    replica.server.kill('SIGTERM');
    await replica.node.endPod(replica.pod);
  }
  await fabric.nodes[0]?.endPod(mail);
  await tell.expectSoon(
    'the router has no path left',
    eventually(() => pathsAre(demo, SERVICE, []), 'no path'),
  );
  for (const node of fabric.nodes) {
    const links = (await node.namespace.exec(['ip', '-oneline', 'link'])).stdout;
    tell.expect(`${node.namespace.label} has no interface of a pod`, !/\bflock[0-9a-f]{8}\b/.test(links));
    const state = JSON.parse(await readFile(node.path('state', 'allocations.json'), 'utf8')) as {
      allocations: unknown[];
    };
    tell.expect(`${node.namespace.label} has no allocation`, state.allocations.length === 0);
  }
  await tell.run(fabric.router.namespace, ['ip', 'route', 'show', 'proto', 'bird']);
  for (const node of fabric.nodes)
    tell.expect(`flockd of ${node.namespace.label} ends`, (await node.stopDaemon()) === 0);
}
