import { describe, expect, it } from 'vitest';
import { FRESH_PACE, type Pace, takeWake } from '../../../../src/engine/watch/pace.ts';
import { isContested, type Repairs, recent, withRepair } from '../../../../src/engine/watch/repeats.ts';

/** How long each wake waits that is asked for at these moments. */
function waits(moments: readonly number[]): number[] {
  let pace: Pace = FRESH_PACE;
  return moments.map((at) => {
    const taken = takeWake(pace, at);
    pace = taken.pace;
    return taken.waitMs;
  });
}

describe('the pace of wakes by the kernel', () => {
  it('lets a burst through at once', () => {
    expect(waits(Array.from({ length: 20 }, () => 1_000))).toEqual(Array.from({ length: 20 }, () => 0));
  });

  it('lets ten per second through of what does not end', () => {
    expect(waits(Array.from({ length: 23 }, () => 1_000)).slice(20)).toEqual([100, 200, 300]);
  });

  it('has forgotten a burst two seconds later', () => {
    const burst = Array.from({ length: 20 }, () => 1_000);
    expect(waits([...burst, ...burst.map((at) => at + 2_000)]).every((wait) => wait === 0)).toBe(true);
  });
});

function repaired(...moments: number[]): Repairs {
  return moments.reduce<Repairs>((repairs, at) => withRepair(repairs, at), []);
}

describe('repairs of one thing', () => {
  it('that come one after the other within a minute are no accident', () => {
    expect(isContested(repaired(0, 2_000), 2_000, 3)).toBe(false);
    expect(isContested(repaired(0, 2_000, 4_000), 4_000, 3)).toBe(true);
  });

  it('within one second are one', () => {
    expect(repaired(0, 10, 500, 999, 1_000)).toEqual([0, 1_000]);
  });

  it('are forgotten after a minute', () => {
    expect(recent(repaired(0, 2_000, 4_000), 62_000)).toEqual([4_000]);
    expect(isContested(repaired(0, 2_000, 4_000), 64_000, 1)).toBe(false);
  });
});
