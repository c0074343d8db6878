import { describe, expect, it } from 'vitest';
import { age, formatTable } from '../../../src/cli/tables.ts';

describe('tables for people', () => {
  it('are aligned and have no trailing blanks', () => {
    expect(
      formatTable(
        ['NAME', 'STATE'],
        [
          ['a', 'up'],
          ['longer', ''],
        ],
      ),
    ).toBe('NAME    STATE\na       up\nlonger\n');
  });

  it('escape what would drive a terminal', () => {
    expect(formatTable(['NAME'], [['\u001b[2Jgone']])).toBe('NAME\n\\u001b[2Jgone\n');
  });

  it.each([
    [5, '5s'],
    [119, '119s'],
    [120, '2m'],
    [7_200, '2h'],
    [172_800, '2d'],
  ])('say that %i seconds ago is %s', (seconds, text) => {
    const now = new Date('2026-01-02T03:04:05Z');
    expect(age(new Date(now.getTime() - seconds * 1000).toISOString(), now)).toBe(text);
  });
});
