import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BEAT_MS, every } from '../../../src/async/every.ts';

describe('work at a steady pace', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shares one timer where the pace is of whole beats, however it was begun', () => {
    const done: string[] = [];
    const ends = [every(BEAT_MS, () => done.push('a'))];
    vi.advanceTimersByTime(300);
    ends.push(every(2 * BEAT_MS, () => done.push('b')));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(3 * BEAT_MS + 200);
    expect(done.filter((one) => one === 'a')).toHaveLength(4);
    expect(done.filter((one) => one === 'b')).toHaveLength(2);
    for (const end of ends) end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has a timer of its own otherwise', () => {
    const work = vi.fn();
    const end = every(250, work);
    vi.advanceTimersByTime(1_000);
    expect(work).toHaveBeenCalledTimes(4);
    end();
    vi.advanceTimersByTime(1_000);
    expect(work).toHaveBeenCalledTimes(4);
  });
});
