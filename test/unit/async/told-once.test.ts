import { describe, expect, it } from 'vitest';
import { ToldOnce } from '../../../src/async/told-once.ts';

describe('what was told', () => {
  it('is no news until something else is told', () => {
    const told = new ToldOnce();
    expect(['a', 'a', 'b', 'b', 'a'].map((text) => told.isNews(text))).toEqual([true, false, true, false, true]);
  });

  it('is news again when it was over in between', () => {
    const told = new ToldOnce();
    expect([told.forget(), told.isNews('a'), told.forget(), told.forget(), told.isNews('a')]).toEqual([
      ...[false, true, true, false, true],
    ]);
  });

  it('may be known from the start', () => {
    expect(new ToldOnce('a').isNews('a')).toBe(false);
  });

  it('may be empty', () => {
    const told = new ToldOnce();
    expect([told.isNews(''), told.isNews('')]).toEqual([true, false]);
  });
});
