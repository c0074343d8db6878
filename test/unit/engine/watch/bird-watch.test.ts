// @module-tag real
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BirdClient } from '../../../../src/bird-control/index.ts';
import { type BirdControl, BirdError, type ProtocolStatus } from '../../../../src/bird-control/types.ts';
import type { EnginePorts, EngineState } from '../../../../src/engine/context.ts';
import { Problems } from '../../../../src/engine/problem-store.ts';
import type { BirdObserver } from '../../../../src/engine/watch/bird-observer.ts';
import { type BirdListener, watchBird } from '../../../../src/engine/watch/bird-watch.ts';
import { FakeBird, hang } from '../../../fakes/bird.ts';
import { TempFolder } from '../../../fakes/temp-folder.ts';
import { eventually } from '../../../lab/eventually.ts';
import { silentControl } from '../told.ts';

const UP =
  '2002-Name       Proto      Table      State  Since         Info\n1002-tor BGP --- up 10:00:00.000 Established\n0000 \n';

type Watched = Pick<EngineState, 'peers' | 'problems'>;

/** As much of the engine's state as the watch needs. A peer that BIRD does not know makes it ask more often. */
function stateOf(): Watched & object {
  const peers: readonly ProtocolStatus[] = [];
  return { ...{ peers, problems: new Problems() }, ...{ config: { bgp: { peers: [{ name: 'awaited' }] } } } };
}

function watchOf(
  control: BirdControl,
  { state, lines }: { state: Watched; lines: string[] },
  { onBird = () => {}, onBirdLost = () => {}, onDisplaced = () => {}, onSeen = () => {} }: Partial<BirdListener> = {},
  see: BirdObserver['see'] = async () => ({ changed: false, lacks: false }),
): () => void {
  const say = (_fields: object, line: string): void => void lines.push(line);
  const log = { debug: say, info: say, warn: say, error: say };
  const listener = { onBird, onBirdLost, onDisplaced, onSeen };
  const sight = { see, forget: () => {}, doubt: () => {}, isShort: false };
  const ports = { control, log } as unknown as EnginePorts;
  return watchBird(ports, state as unknown as EngineState, sight, listener).stop;
}

/** A watch on a fake BIRD with short deadlines. */
async function watched(
  work: (world: {
    bird: FakeBird;
    client: BirdClient;
    state: Watched;
    lines: string[];
    greetings: () => number;
    losses: () => number;
    stop: () => void;
  }) => Promise<void>,
  replyMs = 2_000,
): Promise<void> {
  using folder = new TempFolder();
  await using bird = await FakeBird.start(folder.at('bird.ctl'));
  bird.on('show protocols all', UP);
  using client = new BirdClient({ socket: bird.path, replyMs });
  const state = stateOf();
  const lines: string[] = [];
  const counts = { greetings: 0, losses: 0 };
  const stop = watchOf(
    client,
    { state, lines },
    {
      onBird: () => {
        counts.greetings += 1;
      },
      onBirdLost: () => {
        counts.losses += 1;
      },
    },
  );
  const { greetings, losses } = { greetings: () => counts.greetings, losses: () => counts.losses };
  try {
    await work({ bird, client, state, lines, greetings, losses, stop });
  } finally {
    stop();
  }
}

describe('the watch on BIRD', () => {
  it('tells of BIRD when it answers first, and each time that it is back', () =>
    watched(async ({ bird, state, lines, greetings }) => {
      await eventually(() => greetings() === 1, 'BIRD answers');
      expect(state.peers).toMatchObject([{ name: 'tor', type: 'BGP' }]);
      await bird.stop();
      await eventually(() => state.problems.of('birdConnection').get(), 'its absence is a problem');
      expect(state.peers).toEqual([]);
      await bird.listen();
      await eventually(() => greetings() === 2, 'BIRD answers again');
      expect(state.problems.list()).toEqual([]);
      expect(lines).toEqual(['BIRD does not answer', 'BIRD answers again']);
    }));

  it('tells of the loss once, however long BIRD stays away', () =>
    watched(async ({ bird, losses, greetings }) => {
      await eventually(() => greetings() === 1, 'BIRD answers');
      await bird.stop();
      await eventually(() => losses() === 1, 'the connection breaks');
      await new Promise((resolve) => setTimeout(resolve, 600));
      await bird.listen();
      await eventually(() => greetings() === 2, 'BIRD answers again');
      expect(losses()).toBe(1);
    }));

  it('asks nobody to publish what a pass has published over the new connection already', () =>
    watched(async ({ bird, client, greetings, losses, state }) => {
      await eventually(() => greetings() === 1, 'BIRD answers');
      await bird.stop();
      await eventually(() => losses() === 1, 'the connection breaks');
      await bird.listen();
      await client.connect();
      expect(await client.configure()).toEqual({ outcome: 'applied' });
      const asked = () => bird.commands.filter((command) => command === 'show protocols all').length;
      const before = asked();
      await eventually(() => asked() >= before + 2, 'it has asked twice');
      expect(greetings()).toBe(1);
      expect(state.problems.list()).toEqual([]);
    }));

  it('asks a BIRD that hangs one question at a time, however often the connection breaks', async () => {
    vi.useFakeTimers();
    let broken = (_connected: boolean): void => {};
    let open = 0;
    let most = 0;
    const control = silentControl({
      connect: async () => {},
      onConnection: (listener) => {
        broken = listener;
        return () => {};
      },
      showProtocols: async () => {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        open -= 1;
        throw new BirdError('timeout', 'BIRD did not answer');
      },
    });
    const stop = watchOf(control, { state: stateOf(), lines: [] });
    for (let moment = 0; moment < 20_000; moment += 300) {
      broken(false);
      await vi.advanceTimersByTimeAsync(300);
    }
    stop();
    vi.useRealTimers();
    expect(most).toBe(1);
  });

  it('says nothing of a BIRD that it was taken off, although its last question is still open', () =>
    watched(async ({ bird, client, greetings, state, stop }) => {
      await eventually(() => greetings() === 1, 'BIRD answers');
      bird.on('show protocols all', hang);
      const before = bird.commands.length;
      await eventually(() => bird.commands.length > before, 'it asks again');
      stop();
      client.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect(state.problems.list()).toEqual([]);
      expect(state.peers).toHaveLength(1);
    }, 10_000));

  describe('in fake time', () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    /** A BIRD that answers as told after some milliseconds, and when it was asked. */
    function asked(answer: (number: number) => ProtocolStatus[] | BirdError, answerMs: number) {
      const at: number[] = [];
      let connection = (_connected: boolean): void => {};
      const control = silentControl({
        connect: async () => {},
        onConnection: (listener) => {
          connection = listener;
          return () => {};
        },
        showProtocols: async () => {
          at.push(Date.now());
          if (answerMs > 0) await new Promise((resolve) => setTimeout(resolve, answerMs));
          const said = answer(at.length);
          if (said instanceof BirdError) throw said;
          return said;
        },
      });
      const gaps = () => at.slice(1).map((time, index) => time - (at[index] ?? 0));
      return { control, gaps, connect: () => connection(true) };
    }

    const tor = (state: string) => ({ name: 'tor', type: 'BGP', bgp: { state } }) as unknown as ProtocolStatus;
    /** A state whose only peer is the one that BIRD tells of. */
    const settled = () => ({ ...stateOf(), config: { bgp: { peers: [{ name: 'tor' }] } } });

    it.each([
      ['refuses the connection at once', 0],
      ['hangs until the deadline of the client', 1_000],
    ])(
      'knocks at a BIRD that %s a quarter of a second after each try, for as long as it takes',
      async (_how, answerMs) => {
        const { control, gaps } = asked(() => new BirdError('unreachable', 'nobody there'), answerMs);
        const stop = watchOf(control, { state: stateOf(), lines: [] });
        await vi.advanceTimersByTimeAsync(600_000);
        stop();
        expect(gaps().length).toBeGreaterThan(400);
        expect(Math.max(...gaps())).toBe(250 + answerMs);
      },
    );

    it('looks often while a BIRD that has come brings its session up and sends its first UPDATEs, then seldom', async () => {
      const { control, gaps, connect } = asked((number) => [tor(number > 8 ? 'Established' : 'Connect')], 0);
      const stop = watchOf(control, { state: settled(), lines: [] });
      connect();
      await vi.advanceTimersByTimeAsync(30_000);
      stop();
      expect(gaps().slice(0, 12)).toEqual(Array(12).fill(250));
      // The first of them comes with the next beat.
      expect(gaps()[12]).toBeLessThanOrEqual(2_000);
      expect(new Set(gaps().slice(13))).toEqual(new Set([2_000]));
    });

    it('does not look often for ever when a router is not there', async () => {
      const { control, gaps, connect } = asked(() => [tor('Active')], 0);
      const stop = watchOf(control, { state: settled(), lines: [] });
      connect();
      await vi.advanceTimersByTimeAsync(60_000);
      stop();
      expect(gaps().filter((gap) => gap === 250)).toHaveLength(40);
      expect(gaps().at(-1)).toBe(2_000);
    });

    it('looks often for a moment when a session comes up later', async () => {
      const { control, gaps } = asked((number) => [tor(number < 10 ? 'Active' : 'Established')], 0);
      const stop = watchOf(control, { state: settled(), lines: [] });
      await vi.advanceTimersByTimeAsync(60_000);
      stop();
      expect(gaps().filter((gap) => gap === 250)).toHaveLength(4);
    });

    it('tells that somebody else has reconfigured BIRD, and not before an undo timer of his is over', async () => {
      const { control } = asked(() => [tor('Established')], 0);
      let displaced = false;
      let undoInSeconds: number | undefined = 5;
      Object.defineProperty(control, 'displaced', { get: () => displaced });
      control.configureStatus = async () => ({ state: 'idle', undoInSeconds });
      let told = 0;
      const onDisplaced = (): void => {
        told += 1;
        displaced = false;
      };
      const lines: string[] = [];
      const stop = watchOf(control, { state: settled(), lines }, { onDisplaced });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(lines).toEqual([]);
      displaced = true;
      await vi.advanceTimersByTimeAsync(10_000);
      expect(told).toBe(0);
      undoInSeconds = undefined;
      await vi.advanceTimersByTimeAsync(10_000);
      stop();
      expect(told).toBe(1);
      expect(lines).toHaveLength(1);
    });
  });
});
