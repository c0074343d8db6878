import { symlink, unlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import { endOfFlips, flippingWorld } from './flipping-world.ts';
import { problemOf, statusOf } from './observe.ts';
import { expectNothingLost, expectOnePublish, expectPromptPublish, RecoveryWatch, tell } from './recovery.ts';

describe.skipIf(!isRoot)('BIRD that is slow to come back for good while pods flip (needs root)', () => {
  const world = flippingWorld('bird-restarts');

  it('that is restarted several times in quick succession ends with what is true', async () => {
    const { node, pods } = world();
    const watch = await RecoveryWatch.start(world());
    const signals = ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGTERM'] as const;
    pods.begin();
    for (const signal of signals) {
      await node.bird.stop(signal);
      await node.bird.start();
    }
    await node.bird.stop('SIGKILL');
    await endOfFlips(world());
    await node.bird.start();
    const recovery = await watch.settled(pods, watch.started());
    tell('restarted six times', recovery);
    expectPromptPublish(recovery);
    expectOnePublish(recovery);
    expectNothingLost(recovery, signals.length + 1);
  });

  it('whose socket appears long after BIRD gets what has piled up in one configure', async () => {
    const { node, pods } = world();
    const socket = node.path('bird', 'seen.ctl');
    await symlink(node.bird.socket, socket);
    await node.configure({ bird: { ...(node.config.bird as object), socket } });
    await eventually(async () => (await statusOf(node)).bird.connected, 'flockd takes the other path');
    const watch = await RecoveryWatch.start(world());
    await pods.during(8);
    await unlink(socket);
    await node.bird.stop('SIGTERM');
    await node.bird.start();
    expect(await problemOf(node, 'birdUnavailable')).toMatch(/ENOENT/);
    await pods.during(40);
    await endOfFlips(world());
    const returned = Date.now();
    await symlink(node.bird.socket, socket);
    const recovery = await watch.settled(pods, returned);
    tell('socket missing for forty flips', recovery);
    expectPromptPublish(recovery);
    expectOnePublish(recovery);
    expectNothingLost(recovery, 1);
  });
});
