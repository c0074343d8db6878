// @module-tag real
import { describe, expect, it } from 'vitest';
import { ToldSource } from '../told.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';

/** A world with one announced pod, and another source that knows the pod and has this to say of it. */
async function changing(
  ready: boolean | undefined,
  work: (world: EngineWorld, next: ToldSource) => Promise<void>,
  readinessTimeout = 1e8,
): Promise<void> {
  await using world = new EngineWorld();
  await world.start({ readinessTimeout });
  await world.addPod('web', [A]);
  const next = new ToldSource();
  next.tell('web', { anycast: A }, ready);
  await work(world, next);
}

async function offer(world: EngineWorld, next: ToldSource): Promise<void> {
  await world.engine.reconfigure(world.config, { source: next });
  await world.settled();
}

describe('a change of the pod source', () => {
  it('takes place at once where the new source knows as much', () =>
    changing(true, async (world, next) => {
      const given = world.publisher.given.length;
      await offer(world, next);
      expect(world.engine.current.source).toBe(next);
      expect(world.ports.source).toBe(world.source);
      expect(world.source.stopped).toBe(true);
      expect(world.publisher.given.slice(given).filter((set) => set.join() !== A)).toEqual([]);
      next.setReady('web', false);
      await world.settled();
      expect(world.publisher.accepted).toEqual([]);
    }));

  it('waits for the probes of the new source, which knows whom to probe, while the old one stands', () =>
    changing(undefined, async (world, next) => {
      await offer(world, next);
      expect(world.engine.current.source).toBe(world.source);
      expect(next.wired).toMatchObject([{ name: 'web' }]);
      expect(world.publisher.accepted).toEqual([A]);
      await world.addPod('later');
      expect(next.wired.map(({ name }) => name)).toEqual(['web', 'later']);
      next.tell('later', {}, true);
      next.setReady('web', true);
      await world.settled();
      expect(world.engine.current.source).toBe(next);
      expect(world.publisher.accepted).toEqual([A]);
    }));

  it('waits no longer than for a start', () =>
    changing(
      undefined,
      async (world, next) => {
        await offer(world, next);
        await new Promise((resolve) => setTimeout(resolve, 60));
        await world.settled();
        expect(world.engine.current.source).toBe(next);
        expect(world.publisher.accepted).toEqual([]);
      },
      30,
    ));

  it('does not take place while the new source cannot be read, whatever the time, and then at once', () =>
    changing(
      true,
      async (world, next) => {
        next.synced = false;
        next.problems = [{ code: 'sourceUnavailable', subject: '/nowhere', message: 'folder /nowhere is no folder' }];
        await offer(world, next);
        await new Promise((resolve) => setTimeout(resolve, 60));
        expect(world.problem('sourceUnavailable')).toMatch(/stay in force until.*no folder/);
        expect(world.publisher.accepted).toEqual([A]);
        next.synced = true;
        next.problems = [];
        next.notify();
        await world.settled();
        expect(world.engine.current.source).toBe(next);
        expect(world.engine.snapshot().problems).toEqual([]);
      },
      30,
    ));

  it('gives way to a newer one, and to the end of the daemon', () =>
    changing(undefined, async (world, next) => {
      await offer(world, next);
      const newer = new ToldSource();
      newer.tell('web', { anycast: A }, undefined);
      await offer(world, newer);
      expect([next.stopped, newer.stopped, world.source.stopped]).toEqual([true, false, false]);
      await world.stop();
      expect([newer.stopped, world.source.stopped]).toEqual([true, true]);
    }));

  it('that fails to start changes nothing', () =>
    changing(true, async (world, next) => {
      next.start = () => Promise.reject(new Error('no inotify'));
      await expect(offer(world, next)).rejects.toThrow('no inotify');
      expect(world.engine.current.source).toBe(world.source);
      expect(world.publisher.accepted).toEqual([A]);
    }));
});
