import { rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { type PodSpec, podManifest } from '../../lab/pod-manifest.ts';
import { failureOf } from '../e2e/calls.ts';
import { hostState } from '../e2e/kernel-state.ts';
import { routedWorld, sandbox } from '../e2e/nodes.ts';
import { answers, expectFirstPackets } from '../e2e/packets.ts';
import { addressStates, advertised, problemOf, routedBy, Watched } from './observe.ts';

const WEB = ['192.0.2.50', '2001:db8:ffff::50'];
const PROBED = ['192.0.2.51', '2001:db8:ffff::51'];
const CLAIMS = [...WEB, ...PROBED];

/** What an older flockd, or a crash, has left with our route protocol. DEVICE and IP4 stand for a pod's. */
const OURS = [
  'route add 192.0.2.77/32 via IP4 dev DEVICE onlink proto 202',
  'route add 198.51.100.0/24 via IP4 dev DEVICE onlink proto 202',
  'route add 10.9.9.9/32 dev uplink0 proto 202',
  '-6 route add 2001:db8:9::9/128 dev DEVICE proto 202',
  'nexthop add id 211812400 via IP4 dev DEVICE onlink proto 202',
  'nexthop add id 211812401 group 211812400 proto 202',
  'link add flock0badcafe type veth peer name stray0',
];

/** What others have: other protocols, another kind of device. */
const FOREIGN = [
  'route add 192.0.2.78/32 via IP4 dev DEVICE onlink proto 99',
  'route add 10.9.9.8/32 dev uplink0 proto static',
  '-6 route add 2001:db8:9::8/128 dev DEVICE proto 99',
  'nexthop add id 5000 via IP4 dev DEVICE onlink proto 99',
  'link add flock0000beef type bridge',
];

const UNDO = [
  'route del 192.0.2.78',
  'route del 10.9.9.8',
  '-6 route del 2001:db8:9::8',
  'nexthop del id 5000',
  'link del flock0000beef',
];

describe.skipIf(!isRoot)('a daemon that starts (needs root)', () => {
  const world = routedWorld('start');
  const gate = (): string => world().node.path('gate');
  let web: LabPod;
  let probed: PodSpec;

  beforeAll(async () => {
    const { node } = world();
    await writeFile(gate(), '');
    // Answers only while the file is there, and hangs as long as it is not.
    const command = ['sh', '-c', `until [ -e ${gate()} ]; do sleep 0.05; done`];
    const readinessProbe = { exec: { command }, periodSeconds: 1, timeoutSeconds: 60 };
    web = await node.runPod({ name: 'web', annotations: { anycast: WEB.join() }, ready: true });
    probed = { name: 'probed', annotations: { addresses: PROBED.join() }, readinessProbe };
    await node.runPod(probed);
    await advertised(node, ...CLAIMS);
  });

  const words = (command: string): string[] =>
    command
      .replaceAll('DEVICE', web.result.interfaces[0]?.name ?? '')
      .replaceAll('IP4', web.ip4 ?? '')
      .split(' ');

  async function ip(...commands: string[]): Promise<void> {
    for (const command of commands) await world().node.namespace.exec(['ip', ...words(command)]);
  }

  /** Everything of the host's kernel; in which order it lists its routes says nothing. */
  const kernel = async (): Promise<string[]> => (await hostState(world().node.namespace)).sort();

  it('removes what is its own and nobody knows, and leaves what is not its own', async () => {
    const { node } = world();
    await ip(...FOREIGN);
    const right = await kernel();
    await node.stopDaemon('SIGKILL');
    await ip(...OURS);
    await node.startDaemon();
    await advertised(node, ...CLAIMS);
    // Withdrawn first: the routes go when BIRD has taken the publish that `advertised` has seen.
    await eventually(async () => (await kernel()).join('\n') === right.join('\n'), 'only what is ours is gone').catch(
      async () => expect(await kernel()).toEqual(right),
    );
    await ip(...UNDO);
  });

  it('puts right what has happened to the host side of a pod meanwhile', async () => {
    const { node, router } = world();
    const right = await kernel();
    await node.stopDaemon('SIGKILL');
    await ip('link set DEVICE down', 'link set DEVICE up', 'link set DEVICE mtu 1400');
    await node.startDaemon();
    await advertised(node, ...CLAIMS);
    expect(await kernel()).toEqual(right);
    await routedBy(router, CLAIMS, CLAIMS);
    for (const claim of CLAIMS) expect(await answers(router.namespace, claim)).toBe(true);
    await expectFirstPackets(web.namespace, 'fe80::1%eth0', '10.0.1.254', '2001:db8:0:1::fe');
  });

  it('withdraws nothing while its pods cannot be read, and goes on when they can', async () => {
    const { node, router } = world();
    await node.stopDaemon('SIGKILL');
    const watched = await Watched.start(world());
    await rename(node.path('pods.d'), node.path('away'));
    await writeFile(node.path('pods.d'), 'no folder');
    await node.startDaemon();
    expect(await problemOf(node, 'sourceUnavailable')).toMatch(/pods\.d/);
    expect(new Set(Object.values(await addressStates(node)))).toEqual(new Set(['sourceNotSynced']));
    expect((await watched.end()).events).toEqual([]);
    for (const claim of CLAIMS) expect(await answers(router.namespace, claim)).toBe(true);
    await rm(node.path('pods.d'));
    await rename(node.path('away'), node.path('pods.d'));
    await advertised(node, ...CLAIMS);
    expect(await problemOf(node, 'sourceUnavailable')).toBeUndefined();
  });

  it('withdraws nothing while a probe has not answered, and what is due when it has', async () => {
    const { node, router } = world();
    await node.stopDaemon('SIGKILL');
    await rm(gate());
    await node.writePod(podManifest({ ...web.spec, ready: false }));
    const watched = await Watched.start(world());
    await node.startDaemon();
    await eventually(async () => (await addressStates(node))[WEB[0] ?? ''] === 'notReady', 'the manifest is read');
    await pause(1_000);
    expect((await watched.end()).events).toEqual([]);
    expect(Object.values(await addressStates(node))).not.toContain('advertised');
    await writeFile(gate(), '');
    await advertised(node, ...PROBED);
    await routedBy(router, CLAIMS, PROBED);
    await node.writePod(podManifest({ ...web.spec, ready: true }));
    await routedBy(router, CLAIMS, CLAIMS);
  });

  it('keeps what it knew when its pods cannot be read later; ADD is to come again, DEL works', async () => {
    const { lab, node, router } = world();
    const extra = await node.runPod({ name: 'extra', annotations: { anycast: WEB.join() } });
    const watched = await Watched.start(world());
    await rename(node.path('pods.d'), node.path('away'));
    await writeFile(node.path('pods.d'), 'no folder');
    await eventually(() => problemOf(node, 'sourceUnavailable'), 'status says that the pods cannot be read');
    const namespace = await sandbox(lab, 'later');
    const request = { containerId: 'later', netns: namespace.path };
    expect(await failureOf(node.add(request))).toMatchObject({ code: 11 });
    expect((await watched.end()).events).toEqual([]);
    await node.del(extra.request);
    await rm(node.path('pods.d'));
    await rename(node.path('away'), node.path('pods.d'));
    await eventually(async () => (await problemOf(node, 'sourceUnavailable')) === undefined, 'the pods are read again');
    await node.add(request);
    await routedBy(router, CLAIMS, CLAIMS);
    for (const claim of CLAIMS) expect(await answers(router.namespace, claim)).toBe(true);
  });
});
