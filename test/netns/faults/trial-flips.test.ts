import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { wallClock } from '../../lab/route-monitor.ts';
import { FlippingPods } from './flipping-pods.ts';
import {
  changeIs,
  changeOf,
  goodReset,
  inForce,
  lostBy,
  onTrial,
  ROUTER_ASN,
  STEADY,
  settled,
  takeBack,
  told,
  trialWorld,
  WRONG_AS,
} from './trial-world.ts';

const CLAIMS = ['192.0.2.200', '2001:db8:ffff::200'];

describe.skipIf(!isRoot)('pods while a change is on trial (needs root)', () => {
  const world = trialWorld('trial-flips');
  let pods: FlippingPods;
  let guarded: string[];

  beforeAll(async () => {
    pods = await FlippingPods.start(world().node, { steady: 2, flipping: 6 });
    guarded = [...STEADY, ...pods.steady];
    await told(world(), [...STEADY, ...pods.all]);
  });

  afterEach(async () => {
    await pods.restore();
    await takeBack(world(), [...STEADY, ...pods.all]);
  });

  /** What never flips and the other router has lost all the same. */
  const lost = (since: number): string[] =>
    lostBy(world(), 'tor2', since).filter((text) => guarded.some((address) => text.includes(` ${address} `)));

  /** Adds and removes a pod. @returns how long each took, in milliseconds. */
  async function addAndDelete(name: string): Promise<{ add: number; del: number }> {
    const { node } = world();
    const [begin, pod]: [number, LabPod] = [
      performance.now(),
      await node.runPod({ name, annotations: { anycast: CLAIMS.join() }, ready: true }),
    ];
    const added = performance.now();
    await node.del(pod.request);
    return { add: added - begin, del: performance.now() - added };
  }

  it('flip, come and go through a trial of a bad change, which takes nothing from the other router', async () => {
    const since = wallClock();
    const without = await addAndDelete('without');
    pods.begin();
    await onTrial(world(), WRONG_AS);
    const before = pods.flips;
    const during = await addAndDelete('during');
    // DEL ends while the trial lasts: it has not waited for it.
    expect(await changeOf(world())).toMatchObject({ state: 'verifying' });
    const ratios = { add: during.add / without.add, del: during.del / without.del };
    console.log(`on trial: ADD takes ${ratios.add.toFixed(1)} times, DEL ${ratios.del.toFixed(1)} times as long`);
    await changeIs(world(), 'undone', 30_000);
    expect(pods.flips - before).toBeGreaterThan(20);
    await inForce(world(), ROUTER_ASN, 30);
    await pods.end();
    await told(world(), [...STEADY, ...pods.ready]);
    expect(lost(since)).toEqual([]);
  });

  it('flip through a trial of a good change, which is in force in the end', async () => {
    const since = wallClock();
    pods.begin();
    await onTrial(world(), goodReset(60));
    await inForce(world(), ROUTER_ASN, 60);
    await settled(world());
    await pods.end();
    await told(world(), [...STEADY, ...pods.ready]);
    await pods.restore();
    await told(world(), [...STEADY, ...pods.all]);
    expect(lost(since)).toEqual([]);
  });
});
