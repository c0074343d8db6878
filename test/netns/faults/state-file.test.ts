import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot, run } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { cniArgs, podManifest } from '../../lab/pod-manifest.ts';
import { failureOf } from '../e2e/calls.ts';
import { allocationsOf, type StoredAllocation } from '../e2e/kernel-state.ts';
import { routedWorld, sandbox } from '../e2e/nodes.ts';
import { answers } from '../e2e/packets.ts';
import { advertised, podDevices, problemOf, routedBy, Watched } from './observe.ts';

const SHARED = ['192.0.2.40', '2001:db8:ffff::40'];
const SINGLE = ['192.0.2.41', '2001:db8:ffff::41'];
const UNREADY = ['192.0.2.42'];
const CLAIMS = [...SHARED, ...SINGLE, ...UNREADY];

/** What somebody does to the text of the file. */
const DAMAGES: [what: string, damage: (text: string) => string, said: RegExp][] = [
  ['half of it is missing', (text) => text.slice(0, text.length / 2), /not JSON/],
  ['it comes from a newer flockd', (text) => text.replace('"version": 1', '"version": 9'), /its version is 9/],
  ['it belongs to another node', (text) => text.replace('"node": "node1"', '"node": "node7"'), /node7/],
];

/** The parts of an allocation that the kernel remembers. */
function remembered({
  container_id,
  ifname,
  namespace,
  pod_name,
  ip4,
  ip6,
  anycast,
  addresses,
}: StoredAllocation): object {
  return { container_id, ifname, namespace, pod_name, ip4, ip6, anycast: anycast.sort(), addresses: addresses.sort() };
}

describe.skipIf(!isRoot)('an allocations file that cannot be used (needs root)', () => {
  const world = routedWorld('state-file');
  let pods: Record<'one' | 'two' | 'single' | 'unready', LabPod>;

  beforeAll(async () => {
    const { node, router } = world();
    const uid = '7a1b';
    pods = {
      one: await node.runPod({ name: 'one', uid, annotations: { anycast: SHARED.join() } }),
      two: await node.runPod({ name: 'two', annotations: { anycast: SHARED.join() } }),
      single: await node.runPod({ name: 'single', annotations: { addresses: SINGLE.join() } }),
      unready: await node.runPod({ name: 'unready', annotations: { anycast: UNREADY.join() }, ready: false }),
    };
    await advertised(node, ...SHARED, ...SINGLE);
    await routedBy(router, CLAIMS, [...SHARED, ...SINGLE]);
  });

  const file = (): string => world().node.path('state', 'allocations.json');

  /** Kills the daemon, damages the file, starts the daemon. @returns the allocations and the text of before. */
  async function restartOn(damage: (text: string) => string): Promise<{ before: object[]; damaged: string }> {
    const { node } = world();
    await node.stopDaemon('SIGKILL');
    const before = (await allocationsOf(node)).map(remembered);
    const damaged = damage(await readFile(file(), 'utf8'));
    await writeFile(file(), damaged);
    await node.startDaemon();
    return { before, damaged };
  }

  async function setAside(): Promise<string[]> {
    const names = await readdir(world().node.path('state'));
    return names.filter((name) => name.startsWith('allocations.json.')).sort();
  }

  it.each(DAMAGES)('is kept and rebuilt from the kernel without a flap: %s', async (_what, damage, said) => {
    const { node } = world();
    const watched = await Watched.start(world());
    const kept = await setAside();
    const { before, damaged } = await restartOn(damage);
    const [fresh] = (await setAside()).filter((name) => !kept.includes(name));
    expect(await readFile(node.path('state', fresh ?? ''), 'utf8')).toBe(damaged);
    expect(await problemOf(node, 'allocationsSetAside')).toMatch(said);
    await advertised(node, ...SHARED, ...SINGLE);
    expect((await allocationsOf(node)).map(remembered)).toEqual(before);
    const { events, now, before: then } = await watched.end();
    expect(events).toEqual([]);
    expect(now).toEqual(then);
    for (const pod of Object.values(pods)) await node.check(pod.request, pod.result);
  });

  it('is rebuilt for pods whose namespace nobody can find, claims through next hop groups too', async () => {
    const { lab, node, router } = world();
    // What a runtime in a mount namespace of its own does: a namespace that lives, under no path that is known.
    const hidden = [pods.one, pods.single].map(({ namespace }) => ({ path: namespace.path, place: namespace.label }));
    const move = async (from: string, to: string): Promise<void> => {
      await run(['mount', '--bind', from, to]);
      await run(['umount', from]);
    };
    for (const { place } of hidden) await writeFile(join(lab.dir, place), '');
    try {
      for (const { path, place } of hidden) await move(path, join(lab.dir, place));
      const watched = await Watched.start(world());
      const { before } = await restartOn(() => '');
      await advertised(node, ...SHARED, ...SINGLE);
      expect((await allocationsOf(node)).map(remembered)).toEqual(before);
      expect((await watched.end()).events).toEqual([]);
    } finally {
      for (const { path, place } of hidden) await move(join(lab.dir, place), path);
    }
    // The runtime's repeated ADD answers as before, with what it can know.
    expect((await node.add(pods.single.request)).ips).toEqual(pods.single.result.ips);
    for (const claim of SINGLE) expect(await answers(router.namespace, claim)).toBe(true);
  });

  it('brings no pod to another standing when its ADD comes again, and it alone knows the uid', async () => {
    const { lab, node, router } = world();
    const mark = join(lab.dir, 'passes');
    await writeFile(mark, '');
    const claim = '192.0.2.199';
    // Once it has run, the probe runs again in an hour only, and would fail.
    const readinessProbe = { exec: { command: ['test', '-e', mark] }, periodSeconds: 3600 };
    const spec = { name: 'probed', uid: 'uid-probed', annotations: { anycast: claim }, readinessProbe };
    const pod = await node.runPod(spec);
    await advertised(node, claim);
    await restartOn(() => '');
    await advertised(node, claim);
    await rm(mark);
    const entry = async () => (await allocationsOf(node)).find(({ pod_name }) => pod_name === spec.name);
    expect(await entry()).not.toHaveProperty('owner_uid');
    await node.add(pod.request);
    expect(await entry()).toMatchObject({ owner_uid: spec.uid });
    // A pass behind the ADD, and the time that a probe takes.
    await node.endPod(await node.runPod({ name: 'another' }));
    const rows = (await node.flockctlJson('pods')) as { name: string; ready: boolean; reason: string }[];
    expect(rows.find(({ name }) => name === spec.name)).toMatchObject({ ready: true, reason: '' });
    expect(await answers(router.namespace, claim)).toBe(true);
    await node.endPod(pod);
  });

  it('leads to no address being given out that is in use, also by a pod that nothing names', async () => {
    const { lab, node } = world();
    const nameless = await node.runPod({ name: 'nameless' });
    const device = nameless.result.interfaces[0]?.name ?? '';
    await node.stopDaemon('SIGKILL');
    await node.namespace.exec(['ip', 'link', 'set', device, 'alias', '']);
    await restartOn(() => '{}');
    expect(await podDevices(node.namespace)).toContain(device);
    for (const { ip4 } of [pods.unready, nameless]) {
      const namespace = await sandbox(lab, `thief-${ip4}`);
      const spec = { name: `thief-${ip4}`, annotations: { cidr4: `${ip4}/32`, ipv6: 'false' } };
      const request = { containerId: spec.name, netns: namespace.path, args: cniArgs(spec) };
      expect(await failureOf(node.add({ ...request, podManifest: podManifest(spec) }))).toMatchObject({ code: 100 });
    }
    await node.endPod(nameless);
    expect(await podDevices(node.namespace)).not.toContain(device);
  });

  it('leads to DELs that work, one replica after the other', async () => {
    const { node, router } = world();
    await node.endPod(pods.one);
    for (const claim of SHARED) expect(await answers(router.namespace, claim)).toBe(true);
    await node.endPod(pods.two);
    await routedBy(router, CLAIMS, SINGLE);
    for (const pod of [pods.single, pods.unready]) await node.endPod(pod);
    await routedBy(router, CLAIMS, []);
    expect(await allocationsOf(node)).toEqual([]);
    expect(await podDevices(node.namespace)).toEqual([]);
    const left = ['sh', '-c', 'ip nexthop; ip route show proto 202; ip -6 route show proto 202'];
    await eventually(async () => (await node.namespace.exec(left)).stdout === '', 'no route and no next hop is left');
  });
});
