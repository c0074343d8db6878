import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot, type Lab, run } from '../../lab/lab.ts';
import type { FlockNode, LabPod } from '../../lab/node.ts';
import { cniArgs, podManifest } from '../../lab/pod-manifest.ts';
import { failureOf } from '../e2e/calls.ts';
import { allocationsOf } from '../e2e/kernel-state.ts';
import { routedWorld, sandbox } from '../e2e/nodes.ts';
import { answers } from '../e2e/packets.ts';
import { healed, told } from '../problems.ts';
import { addressStates, podDevices, routedBy, statusOf } from './observe.ts';

const STEADY = '192.0.2.90';
const FLIPS = ['192.0.2.91', '2001:db8:ffff::91'];
const GOES = '192.0.2.92';
const ALL = [STEADY, ...FLIPS, GOES];

/** What a disk can be like on which nothing can be written, and how it becomes so and ceases to be. */
interface Sickness {
  readonly what: string;
  readonly begin: (folder: string) => Promise<unknown> | undefined;
  readonly end: (folder: string, node: FlockNode) => Promise<unknown> | undefined;
  /** Whether BIRD's folder still takes the announcements, so that nothing is wrong with it. */
  readonly reserve: boolean;
}

const SICK: readonly Sickness[] = [
  {
    what: 'has no free block',
    // dd fails with "No space left on device", which is what it is for.
    begin: (folder) => run(['dd', 'if=/dev/zero', `of=${join(folder, 'fill')}`, 'bs=4k'], { allowFailure: true }),
    end: (folder) => run(['rm', '-f', join(folder, 'fill')]),
    reserve: true,
  },
  { what: 'has no free inode', begin: (folder) => useUp(folder), end: (folder) => release(folder), reserve: true },
  {
    what: 'is read-only',
    begin: (folder) => run(['mount', '-o', 'remount,ro', folder]),
    // A process that began meanwhile has the mount, read-only, in a mount namespace of its own ("ip netns exec").
    end: async (folder, { daemon }) => {
      const writable = ['mount', '-o', 'remount,rw', folder];
      await run(writable);
      await run(['nsenter', `--target=${daemon.pid}`, '--mount', ...writable]);
    },
    reserve: false,
  },
];

function useUp(folder: string): undefined {
  for (let number = 0; ; number += 1) {
    try {
      writeFileSync(join(folder, `fill${number}`), '', { flag: 'wx' });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
      throw error;
    }
  }
}

function release(folder: string): undefined {
  for (const name of readdirSync(folder)) if (name.startsWith('fill')) rmSync(join(folder, name));
}

/** Small file systems of their own for the state and for BIRD's files. */
async function onSmallDisks(lab: Lab, node: FlockNode): Promise<void> {
  for (const name of ['state', 'bird']) await lab.mountDisk(node.path(name), 'size=512k,nr_inodes=40');
}

describe.skipIf(!isRoot)('a disk on which nothing can be written (needs root)', () => {
  const world = routedWorld('full-disk', {}, onSmallDisks);
  let flips: LabPod;
  let sickness: Sickness | undefined;
  let number = 0;

  const folders = (): string[] => [world().node.path('state'), world().node.path('bird')];
  const setReady = (ready: boolean): Promise<void> => world().node.writePod(podManifest({ ...flips.spec, ready }));

  async function fallSick(with_: Sickness): Promise<void> {
    sickness = with_;
    for (const folder of folders()) await with_.begin(folder);
  }

  async function recover(): Promise<void> {
    const before = sickness;
    sickness = undefined;
    if (before !== undefined) for (const folder of folders()) await before.end(folder, world().node);
  }

  beforeAll(async () => {
    const { node, router } = world();
    await node.runPod({ name: 'steady', annotations: { anycast: STEADY }, ready: true });
    flips = await node.runPod({ name: 'flips', annotations: { anycast: FLIPS.join() }, ready: true });
    await routedBy(router, ALL, [STEADY, ...FLIPS]);
  });

  afterEach(async () => {
    const { node, router } = world();
    await recover();
    await setReady(true);
    await routedBy(router, ALL, [STEADY, ...FLIPS]);
    await healed(node);
    expect(await answers(router.namespace, STEADY)).toBe(true);
  });

  it.each(SICK)('because it $what holds back no withdrawal, no DEL and no start', async (sick) => {
    const { lab, node, router } = world();
    number += 1;
    const goes = await node.runPod({ name: `goes${number}`, annotations: { anycast: GOES }, ready: true });
    await routedBy(router, ALL, ALL);
    const devices = await podDevices(node.namespace);
    await fallSick(sick);

    // A pod that is not ready is withdrawn, and loses its host route; and so again after it was ready.
    for (const ready of [false, true, false]) {
      await setReady(ready);
      await routedBy(router, ALL, ready ? ALL : [STEADY, GOES]);
    }
    await eventually(async () => (await addressStates(node))[FLIPS[0] ?? ''] === 'notReady', 'the reason is told');
    await eventually(async () => {
      const { stdout } = await node.namespace.exec(['ip', 'route', 'show', FLIPS[0] ?? '']);
      return stdout === '';
    }, 'the host route is gone');
    if (!sick.reserve) await told(node, 'fileError', 'cannot write');
    else await healed(node);

    // ADD fails and leaves nothing.
    const spec = { name: `comes${number}` };
    const namespace = await sandbox(lab, spec.name);
    const request = { containerId: spec.name, netns: namespace.path, args: cniArgs(spec) };
    expect((await failureOf(node.add({ ...request, podManifest: podManifest(spec) }))).code).toBe(106);
    expect(await podDevices(node.namespace)).toEqual(devices);

    // DEL succeeds, and what it owes to the file is told.
    await node.del(goes.request);
    await routedBy(router, ALL, [STEADY]);
    await told(node, 'stateUnwritable', 'released');

    await node.stopDaemon('SIGKILL');
    await node.startDaemon();
    await eventually(async () => (await statusOf(node)).bird.connected, 'BIRD is spoken to');
    await routedBy(router, ALL, [STEADY]);

    // What could not be written is written, by itself.
    await recover();
    // The file did not get the DEL, and its sandbox stands: a pod without its interface, which status tells after a while.
    lab.deleteNamespace(goes.namespace);
    await node.removePod(goes.spec);
    await healed(node);
    await node.add(request);
    await node.del(request);
    await node.del(goes.request);
    const stored = (await allocationsOf(node)).map(({ pod_name }) => pod_name);
    expect(stored.sort()).toEqual(['flips', 'steady']);
  });

  it('keeps a template that is edited meanwhile waiting, and no announcement', async () => {
    const { node, router } = world();
    const [space] = SICK;
    if (space === undefined) throw new Error('no sickness');
    await fallSick(space);
    mkdirSync(node.path('templates', 'partials'), { recursive: true });
    writeFileSync(node.path('templates', '.new'), '# edited on a full disk\n');
    renameSync(node.path('templates', '.new'), node.path('templates', 'partials', 'extra.hbs'));
    await told(node, 'fileError', 'cannot write');
    for (const ready of [false, true, false]) {
      await setReady(ready);
      await routedBy(router, ALL, ready ? [STEADY, ...FLIPS] : [STEADY]);
    }
    await eventually(async () => {
      const states = await addressStates(node);
      return states[STEADY] === 'advertised' && states[FLIPS[0] ?? ''] === 'notReady';
    }, 'the reasons are the true ones');
    await recover();
    await healed(node);
    expect(await run(['cat', node.path('bird', 'bird.conf')])).toMatchObject({
      stdout: expect.stringContaining('# edited on a full disk'),
    });
  });
});

describe.skipIf(!isRoot)('folders that are gone (needs root)', () => {
  const world = routedWorld('gone-folders');

  it('hold back no withdrawal and no DEL, and all is made good for when they are back', async () => {
    const { node, router } = world();
    await node.runPod({ name: 'steady', annotations: { anycast: STEADY }, ready: true });
    const flips = await node.runPod({ name: 'flips', annotations: { anycast: FLIPS.join() }, ready: true });
    const goes = await node.runPod({ name: 'goes', annotations: { anycast: GOES }, ready: true });
    await routedBy(router, ALL, ALL);
    const folders = [node.path('state'), node.path('bird')];
    for (const folder of folders) renameSync(folder, `${folder}.away`);
    for (const ready of [false, true, false]) {
      await node.writePod(podManifest({ ...flips.spec, ready }));
      await routedBy(router, ALL, ready ? ALL : [STEADY, GOES]);
    }
    await node.endPod(goes);
    await routedBy(router, ALL, [STEADY]);
    await told(node, 'fileError', 'cannot write');
    await told(node, 'stateUnwritable', 'create the folder');
    for (const folder of folders) renameSync(`${folder}.away`, folder);
    await healed(node);
    await routedBy(router, ALL, [STEADY]);
    expect((await allocationsOf(node)).map(({ pod_name }) => pod_name).sort()).toEqual(['flips', 'steady']);
    await node.birdc('configure');
    await routedBy(router, ALL, [STEADY]);
  });
});
