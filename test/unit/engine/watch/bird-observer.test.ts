import { describe, expect, it } from 'vitest';
import { BirdError, type ProtocolStatus } from '../../../../src/bird-control/types.ts';
import { addressesJson, podsJson, statusJson } from '../../../../src/report/snapshot.ts';
import { eventually } from '../../../lab/eventually.ts';
import { announcing, session } from '../../bird/measure/statuses.ts';
import { route } from '../../bird/publish/file-reading-bird.ts';
import { silentControl } from '../told.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';

/** An engine with a BIRD that has what it was given, and runs these sessions beside. */
async function seeing(
  work: (world: EngineWorld, bird: { sessions: ProtocolStatus[]; told: number; has: boolean }) => Promise<void>,
): Promise<void> {
  await using world = new EngineWorld();
  const bird = { sessions: [session('tor1', 'Established', { exported: { 4: 1 } })], told: 1, has: true };
  const has = () => (bird.has ? world.publisher.accepted : []);
  world.control = silentControl({
    configured: true,
    connect: async () => {},
    showProtocols: async () => [announcing(4, has().length), announcing(6, 0), ...bird.sessions],
    showRoutes: async ({ toldTo }) =>
      toldTo === undefined || bird.told > 0 ? has().map((one) => route(`${one}/32`)) : [],
    countRoutes: async ({ toldTo }) => (toldTo === undefined ? has().length : bird.told),
    configureStatus: async () => ({ state: 'idle', undoInSeconds: undefined }),
  });
  await world.start();
  await world.addPod('web', [A]);
  await shown(world, '');
  await work(world, bird);
}

/** Waits until the address is shown with this reason. */
async function shown(world: EngineWorld, reason: string): Promise<void> {
  await eventually(
    () => addressesJson(world.engine.snapshot())[0]?.reason === reason,
    `${A} is ${reason || 'advertised'}`,
  );
}

describe('what is seen of BIRD', () => {
  it('never changes what is routed and given to BIRD', () =>
    seeing(async (world, bird) => {
      const given = world.publisher.given.length;
      bird.sessions = [session('tor1', 'Active')];
      await shown(world, 'noPeer');
      await world.settled();
      expect(world.routed()).toEqual([A]);
      expect(world.publisher.given.length).toBe(given);
      expect(world.publisher.accepted).toEqual([A]);
      expect(statusJson(world.engine.snapshot()).addresses).toEqual({ advertised: 0, withheld: 1 });
      bird.sessions = [session('tor1', 'Established', { exported: { 4: 1 } })];
      await shown(world, '');
    }));

  it('has a line for each session that goes with BIRD, and for each that comes back with it', () =>
    seeing(async (world) => {
      const lines = () => world.lines.filter((line) => /^info session tor1 /.test(line));
      const { connect, showProtocols } = world.control;
      Object.assign(world.control, {
        showProtocols: async () => {
          throw new BirdError('unreachable', 'BIRD is away');
        },
      });
      await eventually(
        () => lines().at(-1)?.includes('is down: BIRD does not answer') === true,
        'it is told to be down',
      );
      Object.assign(world.control, { connect, showProtocols });
      await eventually(() => lines().at(-1)?.includes('is established, after') === true, 'it is told to be up');
    }));

  it('is given to BIRD again, once, where BIRD lacks what it had accepted', () =>
    seeing(async (world, bird) => {
      const forgotten = world.publisher.forgotten;
      bird.has = false;
      await shown(world, 'notInBird');
      await eventually(() => world.publisher.forgotten > forgotten, 'it is published again');
      await eventually(() => world.problem('notInBird') !== undefined, 'it is a problem');
      expect(world.publisher.forgotten).toBe(forgotten + 1);
      bird.has = true;
      await shown(world, '');
    }));

  it('has one reason and one sentence for a pod and its addresses', () =>
    seeing(async (world) => {
      world.source.setReady('web', false);
      await world.settled();
      const snapshot = world.engine.snapshot();
      const [pod, claimed] = [podsJson(snapshot)[0], addressesJson(snapshot)[0]];
      expect([pod?.reason, pod?.message]).toEqual(['notReady', 'told so']);
      expect([claimed?.reason, claimed?.message]).toEqual([pod?.reason, pod?.message]);
      world.source.pods.clear();
      world.source.notify();
      await world.settled();
      const later = world.engine.snapshot();
      expect(podsJson(later)[0]?.reason).toBe('unknownPod');
      expect(addressesJson(later)[0]?.reason).toBe('unknownPod');
    }));
});
