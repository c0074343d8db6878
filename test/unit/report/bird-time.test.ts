import { describe, expect, it } from 'vitest';
import { birdTime } from '../../../src/report/bird-time.ts';

describe("BIRD's times", () => {
  it('become ISO 8601 in UTC', () => {
    const local = new Date(2026, 0, 2, 3, 4, 5, 678);
    expect(birdTime('2026-01-02 03:04:05.678')).toBe(local.toISOString());
    expect(birdTime('2026-01-02 03:04:05')).toBe(new Date(2026, 0, 2, 3, 4, 5).toISOString());
  });

  it.each(['03:04:05.678', 'Jan02', '', '2026-13-41 99:99:99'])('are null when BIRD prints %j', (text) => {
    expect(birdTime(text)).toBeNull();
  });
});
