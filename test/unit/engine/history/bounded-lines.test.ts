import { describe, expect, it } from 'vitest';
import { BoundedLines, heldBackText } from '../../../../src/engine/history/bounded-lines.ts';

const SECOND = 1_000;
const flap = { kind: 'withdrawals', subject: '192.0.2.1' };

/** Offers so many lines at one moment. @returns how many are written. */
function offered(lines: BoundedLines, key: typeof flap, count: number, now: number): number {
  return Array.from({ length: count }, () => lines.offer(key, now)).filter(Boolean).length;
}

const told = (lines: BoundedLines, now: number): string[] => lines.close(now).map(heldBackText);

describe('bounded log lines', () => {
  it.each([
    ['all of a few', 20, 20, []],
    ['the first twenty of many, and the number of the others when the minute is over', 37, 20, [17]],
    ['the number of one alone', 21, 20, [1]],
  ])('write %s', (_what, count, written, held) => {
    const lines = new BoundedLines();
    expect(offered(lines, flap, count, 0)).toBe(written);
    expect(told(lines, 59 * SECOND)).toEqual([]);
    expect(told(lines, 60 * SECOND)).toEqual(
      held.map((more) => `${more} more withdrawals of 192.0.2.1 in the last 60 s`),
    );
    expect(told(lines, 61 * SECOND)).toEqual([]);
  });

  it('count each thing and each kind for itself', () => {
    const lines = new BoundedLines();
    expect(offered(lines, flap, 30, 0)).toBe(20);
    expect(offered(lines, { ...flap, subject: '192.0.2.2' }, 3, 0)).toBe(3);
    expect(offered(lines, { ...flap, kind: 'announcements' }, 3, 0)).toBe(3);
    expect(told(lines, 60 * SECOND)).toEqual(['10 more withdrawals of 192.0.2.1 in the last 60 s']);
  });

  it('begin again with the next minute', () => {
    const lines = new BoundedLines();
    expect(offered(lines, flap, 30, 0)).toBe(20);
    lines.close(60 * SECOND);
    expect(offered(lines, flap, 30, 60 * SECOND)).toBe(20);
  });

  it('tell thousands of one kind by their number alone', () => {
    const lines = new BoundedLines();
    let written = 0;
    for (let n = 0; n < 10_000; n += 1) written += offered(lines, { ...flap, subject: `${n}` }, 1, n);
    expect(written).toBe(500);
    expect(told(lines, 70 * SECOND)).toEqual(['9500 more withdrawals in the last 60 s']);
  });

  it('tell when the next minute is over, and all that is left at the end', () => {
    const lines = new BoundedLines();
    expect(lines.next).toBeUndefined();
    offered(lines, flap, 22, 5 * SECOND);
    expect(lines.next).toBe(65 * SECOND);
    expect(told(lines, Number.POSITIVE_INFINITY)).toEqual(['2 more withdrawals of 192.0.2.1 in the last 60 s']);
    expect(lines.next).toBeUndefined();
  });

  it('lose none: what is written and what is told to be held back are what was offered', () => {
    const lines = new BoundedLines();
    let seen = 0;
    for (let now = 0; now < 600 * SECOND; now += 700) {
      seen += offered(lines, { ...flap, subject: `${now % 3}` }, 7, now);
      for (const { more } of lines.close(now)) seen += more;
    }
    for (const { more } of lines.close(Number.POSITIVE_INFINITY)) seen += more;
    expect(seen).toBe(Math.ceil((600 * SECOND) / 700) * 7);
  });
});
