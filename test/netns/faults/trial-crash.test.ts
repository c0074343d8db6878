import { afterEach, describe, expect, it } from 'vitest';
import { isRoot } from '../../lab/lab.ts';
import {
  changeIs,
  goodReset,
  inForce,
  lostBy,
  onTrial,
  ROUTER_ASN,
  settled,
  takeBack,
  tor1InForce,
  trialWorld,
  WRONG_AS,
} from './trial-world.ts';

describe.skipIf(!isRoot)('a flockd that dies while a change is on trial (needs root)', () => {
  const world = trialWorld('trial-crash');

  afterEach(() => takeBack(world()));

  it('and is started at once has the good change in force in the end', async () => {
    const { node } = world();
    await onTrial(world(), goodReset(60));
    await node.stopDaemon('SIGKILL');
    await node.startDaemon();
    await settled(world());
    await inForce(world(), ROUTER_ASN, 60);
    expect(lostBy(world(), 'tor2'), 'the other router has lost nothing').toEqual([]);
  });

  it('over a BIRD that is restarted on the bad file meanwhile takes it back, although the session was down then', async () => {
    const { node } = world();
    await onTrial(world(), WRONG_AS);
    await node.stopDaemon('SIGKILL');
    await node.bird.stop('SIGKILL');
    await node.bird.start();
    await node.startDaemon();
    await changeIs(world(), 'undone', 20_000);
    await inForce(world(), ROUTER_ASN, 30);
  });

  it('and is stopped in order takes the bad change back before it ends, and the next one tries it again', async () => {
    const { node } = world();
    await onTrial(world(), WRONG_AS);
    expect(await node.stopDaemon()).toBe(0);
    expect(await tor1InForce(world())).toMatchObject({ file: `AS ${ROUTER_ASN}, hold time 30` });
    expect(await node.birdc('configure status')).not.toContain('undo');
    await node.startDaemon();
    await changeIs(world(), 'verifying');
  });
});
