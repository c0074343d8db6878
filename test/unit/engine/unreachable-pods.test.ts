import { describe, expect, it } from 'vitest';
import type { Allocation } from '../../../src/allocation/allocation.ts';
import { type FakeLink, removeLink, takeDown } from '../../fakes/kernel-tables.ts';
import { EngineWorld } from './world.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
/** Beyond the moment that a runtime needs to end a pod. */
const LATER = START + 5_000;

/** A pod that claims nothing, on a node whose clock stands until it is set. */
async function wiredPod(world: EngineWorld, clock: { now: number }): Promise<{ pod: Allocation; link: FakeLink }> {
  await world.start({}, () => new Date(clock.now));
  const pod = await world.addPod('web');
  const link = [...world.kernel.host.tables.links.values()].find(({ name }) => name === pod.hostInterface);
  if (link === undefined) throw new Error('no link');
  return { pod, link };
}

async function told(world: EngineWorld, clock: { now: number }, now: number): Promise<string | undefined> {
  world.kernel.announceLinkChange();
  await world.settled();
  clock.now = now;
  return world.problem('podUnreachable');
}

/** `ip link set DEV name …`. */
function rename({ kernel }: EngineWorld, link: FakeLink, name: string): void {
  kernel.host.tables.links.set(link.index, { ...link, name });
}

describe('a wired pod that packets cannot reach', () => {
  it.each<[what: string, change: (world: EngineWorld, link: FakeLink) => void, sentence: RegExp]>([
    [
      'down',
      ({ kernel }, link) => takeDown(kernel.host.tables, link),
      /flock[0-9a-f]{8} is down on the host: ip link set flock[0-9a-f]{8} up$/,
    ],
    [
      'renamed',
      (world, link) => rename(world, link, 'other'),
      /flock[0-9a-f]{8} was renamed to "other": .*\(ip link set DEV name flock[0-9a-f]{8}\)/,
    ],
    [
      'missing',
      ({ kernel }, link) => removeLink(kernel.host.tables, link),
      /flock[0-9a-f]{8} is missing on the host: delete the pod/,
    ],
    [
      'without carrier',
      (_, { peer }) => {
        const inside = peer?.tables.links.get(peer.index);
        if (peer !== undefined && inside !== undefined) takeDown(peer.tables, inside);
      },
      /flock[0-9a-f]{8} has no carrier, since eth0 in the pod is down/,
    ],
  ])('is a problem after five seconds, with what is wrong: its interface is %s', async (_what, change, sentence) => {
    await using world = new EngineWorld();
    const clock = { now: START };
    const { pod, link } = await wiredPod(world, clock);
    change(world, link);
    expect(await told(world, clock, LATER - 1)).toBeUndefined();
    const message = await told(world, clock, LATER);
    expect(message).toMatch(sentence);
    expect(message).toContain(`pod default/web, interface eth0 of container web: no packet reaches ${pod.ip4} and`);
  });

  it('is none when it is reached again', async () => {
    await using world = new EngineWorld();
    const clock = { now: START };
    const { link } = await wiredPod(world, clock);
    rename(world, link, 'other');
    expect(await told(world, clock, LATER)).toContain('renamed');
    rename(world, link, link.name);
    expect(await told(world, clock, LATER + 1)).toBeUndefined();
  });

  it('is none when its manifest is gone: it is not to be reached any more', async () => {
    await using world = new EngineWorld();
    const clock = { now: START };
    const { link } = await wiredPod(world, clock);
    takeDown(world.kernel.host.tables, link);
    world.source.pods.delete('default/web');
    world.source.notify();
    expect(await told(world, clock, LATER)).toBeUndefined();
  });

  it('is none when nothing of it is left: the sweep lets go of it', async () => {
    await using world = new EngineWorld();
    const clock = { now: START };
    const { pod } = await wiredPod(world, clock);
    world.kernel.removeNamespace(pod.netns);
    expect(await told(world, clock, LATER)).toBeUndefined();
    expect(world.engine.snapshot().allocations).toHaveLength(1);
  });
});
