import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lostBy, NONE_LOST, withLost } from '../../../src/bird/measure/lost-sessions.ts';
import type { NamedNeighbors } from '../../../src/bird/measure/neighbors.ts';
import { parseNeighbors, writeNeighbors } from '../../../src/bird/measure/neighbors-text.ts';

const ADDRESS = '10.0.0.254';

function one(established: boolean, told: readonly string[] | undefined = ['192.0.2.1/32']): NamedNeighbors {
  const exports = told && new Set(told);
  const neighbor = { sessions: ['tor1'], established, state: '', families: new Set(['ipv4']), exports };
  return new Map([[ADDRESS, neighbor]]);
}

describe('neighbours whose session was lost to a change', () => {
  it('count as up, with what they were told, until they are up again', () => {
    let lost = NONE_LOST;
    const reckon = (now: NamedNeighbors): NamedNeighbors => {
      const reckoned = withLost(lost, now, 0);
      lost = reckoned.lost;
      return reckoned.neighbors;
    };
    expect(reckon(one(false))).toEqual(one(false));
    lost = lostBy(one(true), 0);
    expect(reckon(one(false, []))).toEqual(one(true));
    expect(reckon(new Map())).toEqual(one(true));
    expect(reckon(one(true, []))).toEqual(one(true, []));
    expect(reckon(one(false, []))).toEqual(one(false, []));
  });

  it('count no longer than a session may take to come back', () => {
    const lost = lostBy(one(true), 0);
    expect(withLost(lost, one(false, []), 59_999).neighbors).toEqual(one(true));
    expect(withLost(lost, one(false, []), 60_000).neighbors).toEqual(one(false, []));
  });
});

describe('neighbours beside a change on trial', () => {
  it('are read as they were written', () => {
    for (const neighbors of [one(true), one(true, undefined), new Map()]) {
      expect(parseNeighbors(writeNeighbors(neighbors))).toEqual(neighbors);
    }
    expect(parseNeighbors(writeNeighbors(one(false)))).toEqual(new Map());
  });

  it('are nobody, or somebody by name, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '\t', '\n', '?') }), (text) => {
        for (const [address, { exports }] of parseNeighbors(text)) {
          expect(address).not.toMatch(/^$|\s/);
          expect([...(exports ?? [])].join()).not.toMatch(/\s/);
        }
      }),
    );
    expect(parseNeighbors('10.0.0.254\ttor1\tipv4').size).toBe(0);
  });
});
