import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isRoot } from '../../lab/lab.ts';
import { endOfFlips, flippingWorld } from './flipping-world.ts';
import { expectNothingLost, expectOnePublish, expectPromptPublish, RecoveryWatch, tell } from './recovery.ts';

describe.skipIf(!isRoot)('BIRD that goes and comes back while pods flip (needs root)', () => {
  const world = flippingWorld('bird-under-load');

  it.each([
    ['SIGKILL', 0],
    ['SIGKILL', 1_500],
    ['SIGTERM', 1_000],
    ['SIGTERM', 2_500],
  ] as const)('after %s and %d ms gets what has piled up in one configure', async (signal, absentMs) => {
    const { node, pods } = world();
    const watch = await RecoveryWatch.start(world());
    await pods.during(8);
    await node.bird.stop(signal);
    await pods.during(8);
    await pause(absentMs);
    await endOfFlips(world());
    await node.bird.start();
    const recovery = await watch.settled(pods, watch.started());
    tell(`${signal}, away for ${absentMs} ms and eight flips`, recovery);
    expectPromptPublish(recovery);
    expectOnePublish(recovery);
    expectNothingLost(recovery, 1);
  });

  it('gets what has piled up at once and then what is new, when the flips go on', async () => {
    const { node, pods } = world();
    const watch = await RecoveryWatch.start(world());
    await pods.during(8);
    await node.bird.stop('SIGKILL');
    await pods.during(8);
    const before = pods.flips;
    await node.bird.start();
    await pods.during(20);
    await pods.end();
    const recovery = await watch.settled(pods, watch.started());
    tell('SIGKILL, flips go on', recovery);
    expectPromptPublish(recovery);
    const configures = recovery.commands.filter((command) => command === 'configure');
    expect(configures.length).toBeGreaterThan(1);
    expect(configures.length).toBeLessThanOrEqual(1 + pods.flips - before);
    expectNothingLost(recovery, 1);
  });
});
