import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { peerProtocol } from '../../../src/bird/names.ts';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { hostState } from '../e2e/kernel-state.ts';
import { routedWorld } from '../e2e/nodes.ts';
import { answers } from '../e2e/packets.ts';
import { healed } from '../problems.ts';
import {
  addressStates,
  advertised,
  established,
  podDevices,
  problemOf,
  routedBy,
  sessionOf,
  statusOf,
} from './observe.ts';

const STEADY = ['192.0.2.60', '2001:db8:ffff::60'];
const FLIPPING = ['192.0.2.61', '2001:db8:ffff::61'];
const GOING = ['192.0.2.62', '2001:db8:ffff::62'];
const COMING = ['192.0.2.63', '2001:db8:ffff::63'];
const CLAIMS = [...STEADY, ...FLIPPING, ...GOING, ...COMING];

/** More log lines than this while nothing but BIRD's absence happens would fill a disk. */
const FEW_LINES = 12;

describe.skipIf(!isRoot)('BIRD that is not there, or hangs (needs root)', () => {
  const world = routedWorld('bird-faults');
  let flipping: LabPod;

  beforeAll(async () => {
    const { node, router } = world();
    await node.runPod({ name: 'steady', annotations: { anycast: STEADY.join() } });
    flipping = await node.runPod({ name: 'flipping', annotations: { anycast: FLIPPING.join() }, ready: true });
    await routedBy(router, CLAIMS, [...STEADY, ...FLIPPING]);
  });

  const flip = (ready: boolean) => world().node.writePod(podManifest({ ...flipping.spec, ready }));
  const lines = (): number => world().node.daemon.stderr().split('\n').length;
  const signal = (name: NodeJS.Signals): boolean => process.kill(world().node.bird.pid, name);

  /** Waits until the daemon has noticed, one way or the other. */
  function noticed(answering: boolean): Promise<unknown> {
    const { node } = world();
    return eventually(
      async () =>
        (await statusOf(node)).bird.connected === answering &&
        ((await problemOf(node, 'birdUnavailable')) === undefined) === answering,
      `the daemon sees that BIRD ${answering ? 'answers' : 'does not answer'}`,
    );
  }

  /** A pod of this moment: added, and gone after the test. */
  async function during<T>(spec: { name: string; claims: string[] }, work: (pod: LabPod) => Promise<T>): Promise<T> {
    const pod = await world().node.runPod({ name: spec.name, annotations: { addresses: spec.claims.join() } });
    return work(pod);
  }

  it('that is killed keeps routes and wiring, and has everything when it is back', async () => {
    const { node, router } = world();
    await during({ name: 'going1', claims: GOING }, async (going) => {
      await routedBy(router, CLAIMS, [...STEADY, ...FLIPPING, ...GOING]);
      await node.bird.stop('SIGKILL');
      await noticed(false);
      await flip(false);
      await during({ name: 'coming1', claims: COMING }, async (coming) => {
        await node.endPod(going);
        await eventually(
          async () => (await addressStates(node))[COMING[0] ?? ''] === 'birdUnavailable',
          'it waits for BIRD',
        );
        // What is announced no more has its route until BIRD has said so; what comes has one already.
        const { stdout } = await node.namespace.exec(['ip', 'route', 'show', 'proto', '202']);
        for (const kept of [STEADY[0], FLIPPING[0], COMING[0]]) expect(stdout).toContain(`${kept} via`);
        await node.bird.start();
        await advertised(node, ...STEADY, ...COMING);
        await routedBy(router, CLAIMS, [...STEADY, ...COMING]);
        for (const claim of [...STEADY, ...COMING]) expect(await answers(router.namespace, claim)).toBe(true);
        await node.endPod(coming);
      });
    });
    await flip(true);
    await routedBy(router, CLAIMS, [...STEADY, ...FLIPPING]);
  });

  it('that is absent when the daemon starts holds up no ADD and no DEL, and gets everything when it comes', async () => {
    const { node, router } = world();
    await node.stopDaemon();
    await node.bird.stop();
    await node.startDaemon();
    await during({ name: 'going2', claims: GOING }, (going) => node.endPod(going));
    await during({ name: 'coming2', claims: COMING }, async (coming) => {
      expect(await problemOf(node, 'birdUnavailable')).toMatch(/bird\.ctl/);
      await node.bird.start();
      await routedBy(router, CLAIMS, [...STEADY, ...FLIPPING, ...COMING]);
      await node.endPod(coming);
      await routedBy(router, CLAIMS, [...STEADY, ...FLIPPING]);
    });
  });

  it('that hangs keeps its session; DEL returns, and all is right when it goes on', async () => {
    const { node, router } = world();
    await during({ name: 'going3', claims: GOING }, async (going) => {
      await routedBy(router, CLAIMS, [...STEADY, ...FLIPPING, ...GOING]);
      await established(node.bird, peerProtocol('tor'));
      const before = await sessionOf(router.bird, node.namespace.label);
      const pods = await podDevices(node.namespace);
      signal('SIGSTOP');
      try {
        await noticed(false);
        const from = lines();
        await flip(false);
        await node.endPod(going);
        expect(await podDevices(node.namespace)).toHaveLength(pods.length - 1);
        await pause(3_000);
        expect(lines() - from).toBeLessThan(FEW_LINES);
      } finally {
        signal('SIGCONT');
      }
      await noticed(true);
      await advertised(node, ...STEADY);
      await routedBy(router, CLAIMS, STEADY);
      expect(await sessionOf(router.bird, node.namespace.label)).toMatchObject({ state: 'up', since: before.since });
    });
    await flip(true);
    await routedBy(router, CLAIMS, [...STEADY, ...FLIPPING]);
  });

  it('that is restarted again and again under flips ends with what is true', async () => {
    const { node, router } = world();
    const wired = (await hostState(node.namespace)).filter((line) => line.includes('flock')).sort();
    for (const [round, how] of (['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGTERM'] as const).entries()) {
      await node.bird.stop(how);
      await flip(round % 2 === 1);
      await node.bird.start();
      await flip(round % 2 === 0);
    }
    await routedBy(router, CLAIMS, STEADY);
    await flip(true);
    await advertised(node, ...STEADY, ...FLIPPING);
    await routedBy(router, CLAIMS, [...STEADY, ...FLIPPING]);
    expect((await hostState(node.namespace)).filter((line) => line.includes('flock')).sort()).toEqual(wired);
    await healed(node);
  });
});
