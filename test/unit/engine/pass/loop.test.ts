import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoop } from '../../../../src/engine/pass/loop.ts';
import { silentLogger } from '../../../fakes/silent-logger.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A pass that ends when told to. */
function steps() {
  const running: { end: () => void; fail: () => void }[] = [];
  const pass = () =>
    new Promise<void>((resolve, reject) => running.push({ end: resolve, fail: () => reject(new Error('no')) }));
  return { running, pass };
}

describe('the loop', () => {
  it('begins a pass at once', () => {
    const { running, pass } = steps();
    createLoop(pass, silentLogger).wake();
    expect(running).toHaveLength(1);
  });

  it('gathers all wakes during a pass into one more pass', async () => {
    const { running, pass } = steps();
    const loop = createLoop(pass, silentLogger);
    for (let i = 0; i < 10; i += 1) loop.wake();
    running[0]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(running).toHaveLength(2);
    running[1]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(running).toHaveLength(2);
  });

  it('answers passed() only with a pass that began after the call', async () => {
    const { running, pass } = steps();
    const loop = createLoop(pass, silentLogger);
    loop.wake();
    const done = vi.fn();
    const waiting = loop.passed(1_000).then(done);
    running[0]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(done).not.toHaveBeenCalled();
    running[1]?.end();
    await waiting;
    expect(done).toHaveBeenCalledOnce();
  });

  it('gives up waiting at the deadline when a pass hangs', async () => {
    const { pass } = steps();
    const waiting = expect(createLoop(pass, silentLogger).passed(1_000)).rejects.toThrow('within 1000 ms');
    await vi.advanceTimersByTimeAsync(1_000);
    await waiting;
  });

  it('tries a failed pass again by itself, with pauses that double and begin anew after a success', async () => {
    const { running, pass } = steps();
    createLoop(pass, silentLogger).wake();
    for (const pause of [50, 100, 200]) {
      running.at(-1)?.fail();
      const before = running.length;
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(running).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(running).toHaveLength(before + 1);
    }
    running.at(-1)?.end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(running).toHaveLength(4);
  });

  it('begins with the shortest pause again after a fresh wake, while other wakes leave the pauses as long as they are', async () => {
    const { running, pass } = steps();
    const loop = createLoop(pass, silentLogger);
    loop.wake();
    const fail = async (): Promise<void> => {
      running.at(-1)?.fail();
      await vi.advanceTimersByTimeAsync(0);
    };
    for (let i = 0; i < 10; i += 1) {
      await fail();
      loop.wake();
    }
    await fail();
    const before = running.length;
    await vi.advanceTimersByTimeAsync(4_999);
    expect(running).toHaveLength(before);
    loop.wakeAfresh();
    expect(running).toHaveLength(before + 1);
    await fail();
    await vi.advanceTimersByTimeAsync(50);
    expect(running).toHaveLength(before + 2);
  });

  it('begins nothing after stop, and stop waits for the pass that runs', async () => {
    const { running, pass } = steps();
    const loop = createLoop(pass, silentLogger);
    loop.wake();
    loop.wake();
    const stopped = loop.stop();
    running[0]?.end();
    await stopped;
    loop.wake();
    expect(running).toHaveLength(1);
  });
});
