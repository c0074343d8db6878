// @module-tag real
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { POKE_SCHEDULE_MS, pokeAfterConfigure } from '../../../src/bird-control/index.ts';

const STATUS = {
  version: '2.0.12',
  routerId: undefined,
  currentTime: undefined,
  lastReboot: undefined,
  lastReconfiguration: undefined,
  state: 'running',
} as const;

describe('poking BIRD after a configure', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A client that notes when it was asked for the status. */
  function client() {
    const begin = Date.now();
    const pokedAt: number[] = [];
    return {
      connected: true,
      pokedAt,
      showStatus: vi.fn(async () => {
        pokedAt.push(Date.now() - begin);
        return STATUS;
      }),
    };
  }

  it('asks for the status at each time of the schedule', async () => {
    const bird = client();
    pokeAfterConfigure(bird);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(bird.pokedAt).toEqual(POKE_SCHEDULE_MS);
  });

  it('restarts with a newer call for the same client, and leaves other clients alone', async () => {
    const [bird, other] = [client(), client()];
    pokeAfterConfigure(bird, [5, 50]);
    pokeAfterConfigure(other, [5, 50]);
    await vi.advanceTimersByTimeAsync(20);
    pokeAfterConfigure(bird, [5, 50]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bird.pokedAt).toEqual([5, 25, 70]);
    expect(other.pokedAt).toEqual([5, 50]);
  });

  it('ends when it is cancelled', async () => {
    const bird = client();
    const cancel = pokeAfterConfigure(bird, [5, 50]);
    await vi.advanceTimersByTimeAsync(10);
    cancel();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bird.pokedAt).toEqual([5]);
  });

  it('sends nothing to a BIRD that is not connected', async () => {
    const bird = client();
    bird.connected = false;
    pokeAfterConfigure(bird, [5, 50]);
    await vi.advanceTimersByTimeAsync(10);
    bird.connected = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bird.pokedAt).toEqual([50]);
  });

  it('does not poke again while the one before is unanswered', async () => {
    const bird = client();
    bird.showStatus.mockImplementationOnce(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return STATUS;
    });
    pokeAfterConfigure(bird, [5, 50, 250]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bird.showStatus).toHaveBeenCalledTimes(2);
    expect(bird.pokedAt).toEqual([250]);
  });

  it('hands a failure over and goes on', async () => {
    const bird = client();
    const failed = new Error('gone');
    bird.showStatus.mockRejectedValueOnce(failed);
    const errors: unknown[] = [];
    pokeAfterConfigure(bird, [5, 50], (error) => errors.push(error));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(errors).toEqual([failed]);
    expect(bird.pokedAt).toEqual([50]);
  });

  it('does not keep the process alive', () => {
    vi.useRealTimers();
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const cancel = pokeAfterConfigure(client(), [60_000]);
    expect(timers()).toBe(before);
    cancel();
  });
});
