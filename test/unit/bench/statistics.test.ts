import { describe, expect, it } from 'vitest';
import { median, percentile, short, table } from '../../bench/statistics.ts';

describe('the statistics of the benchmarks', () => {
  it('take the middle of an odd and of an even number of samples', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });

  it('take percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_none, index) => index + 1);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile([5], 0.99)).toBe(5);
  });

  it('print three significant digits, and columns that line up', () => {
    expect([short(0.012345), short(1234.5), short(Number.NaN)]).toEqual(['0.0123', '1230', '-']);
    expect(
      table([
        ['a', 'bbb'],
        ['cccc', 'd'],
      ]),
    ).toBe('a     bbb\ncccc  d');
  });
});
