import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { peerProtocol } from '../../../src/bird/names.ts';
import { nodePlan, ROUTER_ASN } from '../../lab/fabric.ts';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import type { FlockNode } from '../../lab/node.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { failureOf } from '../e2e/calls.ts';
import { linkOf } from '../e2e/kernel-state.ts';
import { lonelyNode, routedWorld } from '../e2e/nodes.ts';
import {
  addressStates,
  advertised,
  established,
  problemOf,
  routedBy,
  sessionOf,
  statusOf,
  Watched,
} from './observe.ts';

const CLAIMS = ['192.0.2.70', '2001:db8:ffff::70'];
const PLAN = nodePlan(1);
const TOR = { name: 'tor', address: PLAN.routerAddress, asn: ROUTER_ASN, families: ['ipv4', 'ipv6'] };
const ALLOW = [{ prefixes: ['192.0.2.0/24', '2001:db8:ffff::/48'], namespaces: ['*'] }];
const PROBE = { exec: { command: ['true'] }, periodSeconds: 1, successThreshold: 2 };

/** Waits for a problem, or for its end. */
function problem(node: FlockNode, code: string, said: RegExp | undefined): Promise<unknown> {
  return eventually(
    async () => {
      const message = await problemOf(node, code);
      if (said === undefined ? message === undefined : said.test(message ?? '')) return true;
      throw new Error(message ?? 'no such problem');
    },
    `${code} is ${said === undefined ? 'over' : `there: ${said}`}`,
  );
}

/** The status that the metrics listener answers with; 0 when nobody listens. */
async function metricsStatus(node: FlockNode): Promise<number> {
  const program = "fetch('http://127.0.0.1:9179/metrics').then((r) => console.log(r.status), () => console.log(0))";
  return Number((await node.namespace.exec([process.execPath, '-e', program])).stdout);
}

describe.skipIf(!isRoot)('a configuration that changes under the daemon (needs root)', () => {
  const world = routedWorld('reload');

  beforeAll(async () => {
    const { node, router } = world();
    await node.runPod({ name: 'web', annotations: { anycast: CLAIMS.join() }, readinessProbe: PROBE });
    await routedBy(router, CLAIMS, CLAIMS);
    const peer = async () => (await statusOf(node)).bird.peers[0]?.state;
    await eventually(async () => (await peer()) === 'Established', 'the session is up, and status knows it');
  });

  // Each test begins with the configuration of the first, whatever became of the one before.
  let first: Record<string, unknown>;
  beforeAll(() => {
    first = world().node.config;
  });
  afterEach(async () => {
    const { node } = world();
    node.config = first;
    await node.configure({});
  });

  it('with a typing error leaves the old one in force, whatever way it is written, and status says so', async () => {
    const { node } = world();
    const watched = await Watched.start(world());
    const good = await readFile(node.path('flock.yaml'), 'utf8');
    const before = await statusOf(node);
    await node.configure({ bpg: {} });
    await problem(node, 'configurationInvalid', /bpg/);
    expect((await statusOf(node)).bird.peers.map(({ name }) => name)).toEqual(['tor']);
    // In place, as an editor may do it: half of it first.
    await writeFile(node.path('flock.yaml'), good.slice(0, good.length / 2));
    await problem(node, 'configurationInvalid', /^(?!.*bpg)/);
    await writeFile(node.path('flock.yaml'), good);
    await problem(node, 'configurationInvalid', undefined);
    const { events, now, before: then } = await watched.end();
    expect(events).toEqual([]);
    expect(now).toEqual(then);
    expect(await statusOf(node)).toEqual({ ...before, bird: { ...before.bird, lastPublish: expect.anything() } });
  });

  it('takes up a new peer without touching the old session, and lets it go again', async () => {
    const { node, router } = world();
    const session = () => sessionOf(router.bird, node.namespace.label);
    const before = await session();
    const second = { name: 'tor2', address: '10.0.1.253', asn: ROUTER_ASN };
    await node.configure({ bgp: { asn: PLAN.asn, peers: [TOR, second] } });
    await eventually(
      async () => (await statusOf(node)).bird.peers.map(({ name }) => name).join() === 'tor,tor2',
      'tor2',
    );
    await eventually(async () => (await node.birdc('show protocols')).includes(peerProtocol('tor2')), 'BIRD has tor2');
    await node.configure({ bgp: { asn: PLAN.asn, peers: [TOR] } });
    await eventually(async () => !(await node.birdc('show protocols')).includes(peerProtocol('tor2')), 'tor2 is gone');
    expect(await session()).toMatchObject({ state: 'up', since: before.since });
  });

  it('withdraws a claim that is not allowed any more, and announces it again when it is', async () => {
    const { node, router } = world();
    await node.configure({ advertise: { allow: [{ prefixes: ['192.0.2.0/24'], namespaces: ['*'] }] } });
    await routedBy(router, CLAIMS, ['192.0.2.70']);
    expect((await addressStates(node))['2001:db8:ffff::70']).toBe('notAllowed');
    await node.configure({ advertise: { allow: ALLOW } });
    await routedBy(router, CLAIMS, CLAIMS);
  });

  it('says which keys need a restart, and keeps working with the old ones', async () => {
    const { node } = world();
    const { socket, node: name } = node.config;
    await node.configure({ socket: node.path('other.sock'), node: 'other' });
    await problem(node, 'restartNeeded', /^node, socket changed/);
    expect((await statusOf(node)).node).toBe(name);
    await node.configure({ socket, node: name });
    await problem(node, 'restartNeeded', undefined);
  });

  it('opens and closes the metrics listener', async () => {
    const { node } = world();
    await node.configure({ metrics: { listen: '127.0.0.1:9179' } });
    await eventually(async () => (await metricsStatus(node)) === 200, 'the listener answers');
    // An address that this host has not is a problem, and ends neither the daemon nor the rest of the change.
    await node.configure({ metrics: { listen: '203.0.113.1:9179' } });
    await problem(node, 'metricsUnavailable', /203\.0\.113\.1/);
    node.config = first;
    await node.configure({});
    await problem(node, 'metricsUnavailable', undefined);
    expect(await metricsStatus(node)).toBe(0);
  });

  it('moves to another folder of pods without a flap, and never to one that is not there', async () => {
    const { node, router } = world();
    const watched = await Watched.start(world());
    await node.configure({ pods: { source: 'directory', directory: node.path('nowhere') } });
    await problem(node, 'configurationInvalid', /nowhere/);
    await writeFile(node.path('file'), 'no folder');
    await node.configure({ pods: { source: 'directory', directory: node.path('file') } });
    await problem(node, 'sourceUnavailable', /file/);
    expect((await addressStates(node))[CLAIMS[0] ?? '']).toBe('advertised');
    await mkdir(node.path('other'));
    const moved = podManifest({ name: 'web', annotations: { anycast: CLAIMS.join() }, readinessProbe: PROBE });
    await writeFile(node.path('other', 'web.yaml'), stringify(moved));
    await node.configure({ pods: { source: 'directory', directory: node.path('other') } });
    await eventually(
      () => node.daemon.stderr().includes('the new pod source is in force'),
      'the new folder is in force',
    );
    await problem(node, 'sourceUnavailable', undefined);
    expect((await watched.end()).events).toEqual([]);
    const unready = podManifest({ name: 'web', annotations: { anycast: CLAIMS.join() }, ready: false });
    await writeFile(node.path('other', 'web.yaml'), stringify(unready));
    await routedBy(router, CLAIMS, []);
    await writeFile(node.path('other', 'web.yaml'), stringify(moved));
    await routedBy(router, CLAIMS, CLAIMS);
  });

  it('moves to another BIRD', async () => {
    const { lab, node, router } = world();
    const { templates, socket } = node.config.bird as { templates: string; socket: string };
    const paths = { configPath: node.path('bird2', 'bird.conf'), socket: node.path('bird2', 'bird.ctl') };
    const packaged = 'log stderr all;\nrouter id 192.0.2.254;\nprotocol device {}\n';
    // The file alone has moved: BIRD goes on reading the old one, which runs and would never change again.
    await mkdir(node.path('bird3'));
    await node.configure({ bird: { socket, config: node.path('bird3', 'bird.conf'), templates } });
    await problem(node, 'birdUnavailable', /BIRD reads .*bird\/bird\.conf.*and not .*bird3\/bird\.conf/);
    await node.bird.stop();
    const bird = await lab.bird(node.namespace, packaged, { name: 'second', ...paths });
    await node.configure({ bird: { socket: paths.socket, config: paths.configPath, templates } });
    await established(bird, peerProtocol('tor'));
    await advertised(node, ...CLAIMS);
    await routedBy(router, CLAIMS, CLAIMS);
    expect((await statusOf(node)).bird).toMatchObject({ connected: true, socket: paths.socket });
    await rename(node.path('bird'), node.path('bird-gone'));
    await node.configure({ advertise: { allow: ALLOW }, mtu: 1400 });
    await problem(node, 'fileError', undefined);
  });
});

describe.skipIf(!isRoot)('pools and MTU that change under the daemon (needs root)', () => {
  it('count for the pods that come', async () => {
    await using lab = await Lab.create('reload-pools');
    const node = await lonelyNode(lab, 'node1', { pools: { ipv4: PLAN.pools.ipv4 }, advertise: { allow: [] } });
    const before = await node.runPod({ name: 'before' });
    expect([before.ip4, before.ip6]).toEqual([expect.stringMatching(/^10\.1\.1\./), undefined]);
    const claiming = { name: 'claiming', annotations: { anycast: '192.0.2.71,2001:db8:ffff::71' } };
    expect(await failureOf(node.runPod(claiming))).toMatchObject({ code: 101 });
    await node.configure({ pools: PLAN.pools, advertise: { allow: ALLOW }, mtu: 1400 });
    await eventually(() => node.daemon.stderr().includes('configuration applied'), 'it is taken up');
    const after = await node.runPod({ ...claiming, name: 'after' });
    expect(after.ip6).toMatch(/^2001:db8:1:1:/);
    expect((await linkOf(after.namespace, 'eth0')).mtu).toBe(1400);
    expect((await linkOf(before.namespace, 'eth0')).mtu).toBe(1500);
    await node.check(before.request, before.result);
  });
});
