import { describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../../src/async/clock.ts';
import { type Pauses, Retry } from '../../../src/async/retry.ts';
import { FakeClock } from './fake-clock.ts';

/** A thing that always fails, and when it was tried. */
function failing(pauses: Pauses): { clock: FakeClock; retry: Retry; tries: number[]; fail: () => void } {
  const clock = new FakeClock();
  const retry = new Retry(pauses, clock);
  const tries: number[] = [];
  const fail = (): void => {
    retry.later(() => {
      tries.push(clock.ms());
      fail();
    });
  };
  return { clock, retry, tries, fail };
}

describe('a retry', () => {
  it.each<[string, Pauses, number[]]>([
    ['after the same pause each time', { firstMs: 100 }, [100, 200, 300, 400]],
    ['after pauses that double', { firstMs: 50, longestMs: 5_000 }, [50, 150, 350]],
    ['after pauses that grow to the longest', { firstMs: 50, longestMs: 120 }, [50, 150, 270, 390]],
  ])('comes %s', (_what, pauses, times) => {
    const { clock, tries, fail } = failing(pauses);
    fail();
    clock.pass(times.at(-1) ?? 0);
    expect(tries).toEqual(times);
  });

  it('says how long the pause is', () => {
    const retry = new Retry({ firstMs: 50, longestMs: 5_000 }, new FakeClock());
    expect([1, 2, 3].map(() => retry.later(() => {}))).toEqual([50, 100, 200]);
  });

  it('begins with the first pause again after a success', () => {
    const { clock, retry, tries, fail } = failing({ firstMs: 50, longestMs: 5_000 });
    fail();
    clock.pass(150);
    retry.reset();
    fail();
    clock.pass(50);
    expect(tries).toEqual([50, 150, 200]);
  });

  it('takes the place of one that waits', () => {
    const { clock, tries, fail } = failing({ firstMs: 50 });
    fail();
    clock.pass(30);
    fail();
    expect(clock.waiting).toBe(1);
    clock.pass(50);
    expect(tries).toEqual([80]);
  });

  it('can be called off', () => {
    const { clock, retry, tries, fail } = failing({ firstMs: 50 });
    fail();
    retry.cancel();
    retry.cancel();
    clock.pass(1_000);
    expect([tries, clock.waiting]).toEqual([[], 0]);
  });
});

describe('the clock of this machine', () => {
  it('calls back, and not when it was called off', async () => {
    const called: string[] = [];
    const callOff = SYSTEM_CLOCK.after(1, () => called.push('never'));
    callOff();
    const before = SYSTEM_CLOCK.ms();
    await new Promise<void>((resolve) => SYSTEM_CLOCK.after(2, resolve));
    expect(called).toEqual([]);
    expect(SYSTEM_CLOCK.ms()).toBeGreaterThan(before);
  });
});
