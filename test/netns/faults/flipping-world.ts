import { afterEach, beforeAll } from 'vitest';
import { eventually } from '../../lab/lab.ts';
import { type RoutedWorld, routedWorld } from '../e2e/nodes.ts';
import { healed } from '../problems.ts';
import { logCommands } from './bird-log.ts';
import { FlippingPods } from './flipping-pods.ts';
import { addressStates, routedBy } from './observe.ts';

/** A node with pods that can flip, its router, and a BIRD that logs what flockd asks of it. */
export interface FlippingWorld extends RoutedWorld {
  readonly pods: FlippingPods;
}

/**
 * The world of a test file. After each test, also after one that failed, all pods are ready again, the router has all of
 * them, and nothing is wrong.
 */
export function flippingWorld(purpose: string): () => FlippingWorld {
  const routed = routedWorld(purpose);
  let pods: FlippingPods | undefined;
  beforeAll(async () => {
    const { node, router } = routed();
    pods = await FlippingPods.start(node, { steady: 6, flipping: 24 });
    await routedBy(router, pods.all, pods.ready);
    await logCommands(node);
  });
  const world = (): FlippingWorld => {
    if (pods === undefined) throw new Error(`the pods of ${purpose} were not started`);
    return { ...routed(), pods };
  };
  afterEach(async () => {
    const { node, router, pods } = world();
    await pods.restore();
    await routedBy(router, pods.all, pods.all);
    await healed(node);
  });
  return world;
}

/** Ends the flips while BIRD is away, and waits until flockd has read the last manifest. */
export async function endOfFlips({ node, pods }: FlippingWorld): Promise<void> {
  await pods.end();
  const ready = pods.ready.sort().join();
  await eventually(async () => {
    const states = Object.entries(await addressStates(node));
    const wanted = states.filter(([, state]) => state === 'advertised' || state === 'birdUnavailable');
    const addresses = wanted.map(([address]) => address).sort();
    return addresses.join() === ready;
  }, 'flockd has decided on every flip');
}
