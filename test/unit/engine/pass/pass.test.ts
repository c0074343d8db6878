import { describe, expect, it } from 'vitest';
import { FlockError } from '../../../../src/errors.ts';
import type { Change } from '../../../../src/kernel/ports.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '192.0.2.3';
const UNAVAILABLE = { ok: false, code: 'birdUnavailable', message: 'BIRD is away' } as const;

const isRouteTo =
  (address: string) =>
  (change: Change): boolean =>
    (change.kind === 'replaceRoute' || change.kind === 'deleteRoute') && change.destination.network === address;

describe('a pass', () => {
  it('routes before it announces, and withdraws before it takes the route, however slow BIRD is', async () => {
    await using world = new EngineWorld();
    await world.start();
    const seen: string[] = [];
    world.publisher.meanwhile = async (set) => {
      const routed = world.routed();
      seen.push(`${set.join() || 'nothing'} while ${routed.join() || 'nothing'} is routed`);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      // Nothing moves while BIRD is busy with it.
      expect(world.routed()).toEqual(routed);
    };
    await world.addPod('web', [A]);
    world.source.setReady('web', false);
    await world.settled();
    expect(seen.at(-2)).toBe(`${A} while ${A} is routed`);
    expect(seen.at(-1)).toBe(`nothing while ${A} is routed`);
    expect(world.routed()).toEqual([]);
  });

  it('withdraws before it routes and announces thousands of others', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('going', [A]);
    const claims = Array.from({ length: 3_000 }, (_, n) => `198.18.${n >> 8}.${n & 255}`);
    const share = (pod: number) => claims.slice(pod * 250, (pod + 1) * 250);
    for (let pod = 0; pod < 12; pod += 1) await world.wirePod(`pod${pod}`, share(pod), false);
    await world.settled();
    const given = world.publisher.given.length;
    world.publisher.meanwhile = (set) => {
      if (set.length === 0) expect(world.routed()).toEqual([A]);
    };
    for (let pod = 0; pod < 12; pod += 1) world.source.ready.set(`default/pod${pod}`, true);
    world.source.setReady('going', false);
    await world.settled();
    expect(world.publisher.given.slice(given).map((set) => set.length)).toEqual([0, 3_000]);
    expect(world.routed()).toHaveLength(3_000);
  });

  it('after a restart gives BIRD the set before it removes a route, also where the set is empty', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    await world.stop();
    world.source.ready.set('default/web', false);
    const routed: string[][] = [];
    world.publisher.meanwhile = () => {
      routed.push(world.routed());
    };
    await world.start();
    await world.settled();
    expect(routed).toEqual([[A]]);
    expect(world.publisher.accepted).toEqual([]);
    expect(world.routed()).toEqual([]);
  });

  it('keeps every route while BIRD is away, and goes on with those that come or change', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('going', [A]);
    await world.addPod('one', [B]);
    const two = await world.addPod('two', [B]);
    world.publisher.refusal = UNAVAILABLE;
    world.source.ready.set('default/going', false);
    world.source.ready.set('default/one', false);
    await world.addPod('coming', [C]);
    expect(world.routed()).toEqual([A, B, C]);
    // A replica that is not ready any more gets no packets, although BIRD cannot be told.
    const route = world.kernel.host.tables.routes.find(({ destination }) => destination.network === B);
    expect(route?.gateway).toBe(two.ip4);
    expect(world.problem('birdUnavailable')).toBe('BIRD is away');
    world.publisher.refusal = undefined;
    await world.settled();
    expect(world.publisher.accepted).toEqual([B, C]);
    expect(world.routed()).toEqual([B, C]);
    expect(world.engine.snapshot().problems).toEqual([]);
  });

  it('withdraws while the kernel answers nothing, and removes the routes when it answers again', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('going', [A]);
    await world.addPod('staying', [B]);
    world.kernel.host.die();
    world.source.setReady('going', false);
    world.engine.state.stale = 'host';
    world.engine.reconciler.forgetRoutes();
    await world.settled();
    expect(world.publisher.accepted).toEqual([B]);
    world.kernel.host.heal();
    await world.settled();
    expect(world.routed()).toEqual([B]);
    expect(world.engine.state.stale).toBe('nothing');
  });

  it('announces what is routed where the kernel refuses a route, and says so until it is over', async () => {
    await using world = new EngineWorld();
    await world.start();
    world.kernel.host.failWhen(isRouteTo(A), 'ENOBUFS');
    await world.addPod('web', [A, B]);
    for (let pass = 0; pass < 5; pass += 1) await world.settled();
    expect(world.publisher.accepted).toEqual([B]);
    expect(world.problem('routeFailed')).toContain(A);
    expect(world.lines.filter((line) => line.startsWith('error') && line.includes(A))).toHaveLength(2);
    world.kernel.host.heal();
    await world.settled();
    expect(world.publisher.accepted).toEqual([A, B]);
    expect(world.problem('routeFailed')).toBeUndefined();
  });

  it('forgets about a route that failed when nobody wants it any more', async () => {
    await using world = new EngineWorld();
    await world.start();
    world.kernel.host.failWhen(isRouteTo(A), 'ENOBUFS');
    await world.addPod('web', [A]);
    expect(world.problem('routeFailed')).toContain(A);
    await world.engine.delete({ containerId: 'web', ifname: 'eth0' });
    await world.settled();
    expect(world.engine.snapshot().problems).toEqual([]);
  });

  it('tries a route that the kernel keeps again, and says so once', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    world.kernel.host.failWhen((change) => change.kind === 'deleteRoute', 'EBUSY');
    world.source.setReady('web', false);
    for (let pass = 0; pass < 5; pass += 1) await world.settled();
    expect(world.problem('routeFailed')).toContain(`the route to ${A} cannot be removed`);
    expect(world.lines.filter((line) => line.includes(`the route to ${A} cannot be removed`))).toHaveLength(1);
    world.kernel.host.heal();
    await world.settled();
    expect(world.routed()).toEqual([]);
    expect(world.problem('routeFailed')).toBeUndefined();
  });

  it('that BIRD does not take is no defect, and the log has what the publisher says of it', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.settled();
    world.publisher.refusal = UNAVAILABLE;
    await world.addPod('web', [A]);
    expect(world.problem('birdUnavailable')).toBe('BIRD is away');
    // On a slow machine this BIRD, which has no answers, is asked for what it has meanwhile.
    const errors = world.lines.filter((line) => line.startsWith('error') && !line.includes('asking BIRD'));
    expect(errors).toEqual([]);
    expect(world.lines).toContain('debug pass failed, will be tried again: birdUnavailable: BIRD is away');
  });

  it('that finds no text to give to BIRD says so in the log, once', async () => {
    await using world = new EngineWorld();
    await world.start();
    const error = new FlockError('configurationInvalid', 'a template is broken');
    world.engine.useTemplates(world.engine.state.config.bird.templates, { error });
    for (let pass = 0; pass < 3; pass += 1) await world.settled();
    expect(world.problem('templateError')).toBe('a template is broken');
    expect(world.lines.filter((line) => line === 'warn a template is broken')).toHaveLength(1);
  });

  it('that meets a defect ends neither the loop nor the daemon, and the next one does the work', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    const { snapshot } = world.source;
    world.source.snapshot = () => {
      throw new TypeError('a defect');
    };
    world.source.setReady('web', false);
    for (let pass = 0; pass < 4; pass += 1) await world.settled();
    expect(world.publisher.accepted).toEqual([A]);
    expect(world.lines.filter((line) => line === 'error pass failed, will be tried again: a defect')).toHaveLength(1);
    world.source.snapshot = snapshot;
    await world.settled();
    expect(world.publisher.accepted).toEqual([]);
    expect(world.lines).toContain('info passes succeed again');
  });
});
