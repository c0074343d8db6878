import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import { wallClock } from '../../lab/route-monitor.ts';
import { healed } from '../problems.ts';
import { endOfFlips, flippingWorld } from './flipping-world.ts';
import { problemOf, routedBy } from './observe.ts';
import { expectNothingLost, expectOnePublish, expectPromptPublish, RecoveryWatch, tell } from './recovery.ts';

describe.skipIf(!isRoot)('BIRD that hangs while pods flip (needs root)', () => {
  const world = flippingWorld('bird-hang-load');

  /** Stops BIRD for so long, under flips, and lets it go on after the last things. @returns when it went on. */
  async function hang(milliseconds: number, last: () => Promise<void>): Promise<number> {
    const { node, pods } = world();
    const { pid } = node.bird;
    process.kill(pid, 'SIGSTOP');
    try {
      pods.begin();
      await eventually(() => problemOf(node, 'birdUnavailable'), 'flockd notices');
      await pause(milliseconds);
      await last();
      // Before the signal: afterwards BIRD may be quicker than this process.
      return wallClock();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  it.each([1_500, 4_000])(
    'for %d ms after it was noticed gets what has piled up in one configure',
    async (milliseconds) => {
      const { node, pods, router } = world();
      await pods.during(5);
      await pods.end();
      await routedBy(router, pods.all, pods.ready);
      const watch = await RecoveryWatch.start(world());
      const returned = await hang(milliseconds, () => endOfFlips(world()));
      const recovery = await watch.settled(pods, returned);
      tell(`hung for ${milliseconds} ms and more`, recovery);
      expectPromptPublish(recovery);
      expectOnePublish(recovery);
      expectNothingLost(recovery, 0);
      // `since` is no proof: newer BIRDs print it a millisecond more or less from one time to the next.
      expect(recovery.session).toBeUndefined();
      await healed(node);
    },
  );

  it('loses nothing when the flips never end', async () => {
    const { pods } = world();
    const watch = await RecoveryWatch.start(world());
    await pods.during(5);
    const returned = await hang(1_500, async () => {});
    const before = pods.flips;
    await pods.during(20);
    await pods.end();
    const recovery = await watch.settled(pods, returned);
    tell('hung, flips go on', recovery);
    // One for what has piled up, one for a change that flockd had not read yet, and one for each later one.
    const configures = recovery.commands.filter((command) => command === 'configure');
    expect(configures.length).toBeLessThanOrEqual(2 + pods.flips - before);
    expectNothingLost(recovery, 0);
  });
});
