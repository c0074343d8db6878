import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import {
  CONFIRM_SECONDS,
  changeIs,
  changeOf,
  goodReset,
  inForce,
  onTrial,
  ROUTER_ASN,
  STEADY,
  settled,
  statusOf,
  takeBack,
  told,
  trialWorld,
  WRONG_AS,
} from './trial-world.ts';

/** Longer than flockd waits for an answer of BIRD. */
const HANGING_MS = 2_500;

describe.skipIf(!isRoot)('a BIRD that goes while a change is on trial (needs root)', () => {
  const world = trialWorld('trial-bird');

  afterEach(() => takeBack(world()));

  it('and comes back at once brings a good change into force', async () => {
    const { bird } = world().node;
    await onTrial(world(), goodReset(60));
    await bird.stop('SIGKILL');
    await bird.start();
    await settled(world());
    await inForce(world(), ROUTER_ASN, 60);
  });

  it('hanging for longer than flockd waits for an answer has a bad change undone', async () => {
    const { bird } = world().node;
    await onTrial(world(), WRONG_AS);
    process.kill(bird.pid, 'SIGSTOP');
    await pause(HANGING_MS);
    process.kill(bird.pid, 'SIGCONT');
    await changeIs(world(), 'undone', 20_000);
    await inForce(world(), ROUTER_ASN, 30);
  });

  it('and stays away beyond the time finds the last good configuration when it comes', async () => {
    const { bird } = world().node;
    await onTrial(world(), WRONG_AS);
    await bird.stop();
    await changeIs(world(), 'undone', 2_000 * CONFIRM_SECONDS + 10_000);
    expect((await changeOf(world()))?.message).toContain('BIRD will read them when it answers again');
    await bird.start();
    await told(world(), STEADY);
    await inForce(world(), ROUTER_ASN, 30);
    await eventually(
      async () => (await statusOf(world())).problems.map(({ code }) => code).join() === 'changeUndone',
      'nothing but the undone change is wrong',
    );
  });
});
