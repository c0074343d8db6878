import { describe, expect, it } from 'vitest';
import type { PendingChange } from '../../../../src/bird/types.ts';
import { applyChange } from '../../../../src/daemon/serve-apply.ts';
import { bgpPeer, silentControl } from '../told.ts';
import { EngineWorld } from '../world.ts';

const WAITS = { ok: false, code: 'changeWaits', message: 'it would reset tor1', announcementsInForce: true } as const;
const CHANGE: PendingChange = {
  state: 'waits',
  since: new Date(0),
  message: 'it would reset tor1',
  resets: [{ protocol: 'tor1', neighbor: '10.0.0.254', reasons: ['hold time 30 → 60'] }],
};

/** An engine whose publisher holds a change back. */
async function waiting(): Promise<EngineWorld> {
  const world = new EngineWorld();
  world.publisher.refusal = WAITS;
  world.publisher.change = CHANGE;
  await world.start();
  await world.settled();
  return world;
}

describe('a configuration of BIRD that is not in force', () => {
  it('is a problem, shows in the status, and holds back no announcement', async () => {
    await using world = await waiting();
    await world.addPod('web', ['192.0.2.1']);
    expect(world.problem('changeWaits')).toBe('it would reset tor1');
    expect(world.engine.snapshot().change).toEqual(CHANGE);
    expect(world.publisher.given.at(-1)).toEqual(['192.0.2.1']);
    expect([...world.engine.reconciler.announced.keys()]).toEqual(['192.0.2.1']);
  });

  it('that waits is published again once its sessions are down, and not before', async () => {
    await using world = await waiting();
    world.engine.state.peers = [bgpPeer('tor1', 'Established')];
    await world.settled();
    const given = world.publisher.given.length;
    await world.settled();
    expect(world.publisher.given).toHaveLength(given);
    world.engine.state.peers = [bgpPeer('tor1', 'Active')];
    await world.settled();
    expect(world.publisher.given.length).toBeGreaterThan(given);
  });

  it('that waits is left alone while BIRD cannot say how its sessions are', async () => {
    await using world = new EngineWorld();
    world.control = silentControl({ connected: false });
    world.publisher.refusal = WAITS;
    world.publisher.change = CHANGE;
    await world.start();
    await world.settled();
    const given = world.publisher.given.length;
    await world.settled();
    expect(world.publisher.given).toHaveLength(given);
  });

  it('is published again when its trial has ended', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.settled();
    const given = world.publisher.given.length;
    world.publisher.endTrial();
    await world.settled();
    expect(world.publisher.given.length).toBeGreaterThan(given);
  });

  it('is tried with the permission that a person gives, and the answer tells how it was before and after', async () => {
    await using world = await waiting();
    world.engine.state.peers = [bgpPeer('tor1', 'Established')];
    world.publisher.meanwhile = () => {
      if (world.publisher.permitted?.reset !== true) return;
      world.publisher.refusal = undefined;
      world.publisher.change = undefined;
    };
    const answer = await applyChange(world.engine, new URLSearchParams('reset=true&withdraw=false'));
    expect(world.publisher.permitted).toEqual({ reset: true, withdraw: false });
    expect(answer.before).toMatchObject({ state: 'waits', resets: [{ session: 'tor1', neighbor: '10.0.0.254' }] });
    expect(answer.change).toBeNull();
    expect(world.problem('changeWaits')).toBeUndefined();
  });

  it('that is not there takes no permission, and the answer says so', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.settled();
    world.publisher.lastPublish = { at: '', ok: true, code: '', message: '' };
    const given = world.publisher.given.length;
    const answer = await applyChange(world.engine, new URLSearchParams('reset=true'));
    expect(answer).toMatchObject({ before: null, change: null });
    expect(answer.message).toBe(
      'nothing waits: the desired configuration is in force; the permission is not kept for a later change',
    );
    expect(world.publisher.permitted).toBeUndefined();
    expect(world.publisher.given).toHaveLength(given);
    world.publisher.lastPublish = { at: '', ok: false, code: 'birdUnavailable', message: 'BIRD is away' };
    expect((await applyChange(world.engine, new URLSearchParams())).message).toBe(
      'nothing waits for a permission; the last publish: BIRD is away',
    );
  });

  it('is not tried with a permission that does not exist', async () => {
    await using world = await waiting();
    for (const query of ['rest=true', 'reset=yes', 'withdraw=']) {
      await expect(applyChange(world.engine, new URLSearchParams(query))).rejects.toMatchObject({
        code: 'configurationInvalid',
        message: expect.stringContaining('apply takes reset and withdraw, true or false'),
      });
    }
    expect(world.publisher.permitted).toBeUndefined();
  });
});
