import { describe, expect, it, vi } from 'vitest';
import { BirdClient } from '../../../src/bird-control/index.ts';
import { type BirdControl, BirdError, type ProtocolStatus } from '../../../src/bird-control/types.ts';
import type { EnginePorts, EngineState } from '../../../src/engine/context.ts';
import { watchPeers } from '../../../src/engine/peers.ts';
import { FakeBird, hang } from '../../fakes/bird.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { eventually } from '../../lab/eventually.ts';
import { silentControl } from './told.ts';

const UP =
  '2002-Name       Proto      Table      State  Since         Info\n1002-tor BGP --- up 10:00:00.000 Established\n0000 \n';

type Watched = Pick<EngineState, 'peers' | 'problems'>;

/** As much of the engine's state as the watch needs. A peer that BIRD does not know makes it ask more often. */
function stateOf(): Watched & object {
  const peers: readonly ProtocolStatus[] = [];
  return { ...{ peers, problems: new Map() }, ...{ config: { bgp: { peers: [{ name: 'awaited' }] } } } };
}

function watchOf(control: BirdControl, { state, lines }: { state: Watched; lines: string[] }, onBird = () => {}) {
  const say = (_fields: object, line: string): void => void lines.push(line);
  const log = { debug: say, info: say, warn: say, error: say };
  return watchPeers({ control, log } as unknown as EnginePorts, state as unknown as EngineState, onBird);
}

/** A watch on a fake BIRD with short deadlines. */
async function watched(
  work: (world: {
    bird: FakeBird;
    client: BirdClient;
    state: Watched;
    lines: string[];
    greetings: () => number;
    stop: () => void;
  }) => Promise<void>,
  replyMs = 60,
): Promise<void> {
  using folder = new TempFolder();
  await using bird = await FakeBird.start(folder.at('bird.ctl'));
  bird.on('show protocols all', UP);
  using client = new BirdClient({ socket: bird.path, replyMs });
  const state = stateOf();
  const lines: string[] = [];
  let greetings = 0;
  const stop = watchOf(client, { state, lines }, () => {
    greetings += 1;
  });
  try {
    await work({ bird, client, state, lines, greetings: () => greetings, stop });
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
      await eventually(() => state.problems.get('bird'), 'its absence is a problem');
      expect(state.peers).toEqual([]);
      await bird.listen();
      await eventually(() => greetings() === 2, 'BIRD answers again');
      expect(state.problems.size).toBe(0);
      expect(lines).toEqual(['BIRD does not answer', 'BIRD answers again']);
    }));

  it('asks a BIRD that hangs one question at a time, however often the connection breaks', async () => {
    vi.useFakeTimers();
    let broken = (_connected: boolean): void => {};
    let open = 0;
    let most = 0;
    const control = silentControl({
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
      expect(state.problems.size).toBe(0);
      expect(state.peers).toHaveLength(1);
    }, 10_000));
});
