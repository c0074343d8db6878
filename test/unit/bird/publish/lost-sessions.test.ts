import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createOwed } from '../../../../src/bird/measure/lost-sessions.ts';
import type { NamedNeighbors } from '../../../../src/bird/measure/neighbors.ts';
import { parseNeighbors, writeNeighbors } from '../../../../src/bird/measure/neighbors-text.ts';

const ADDRESS = '10.0.0.254';

function one(established: boolean, told: readonly string[] | undefined = ['192.0.2.1/32']): NamedNeighbors {
  const exports = told && new Set(told);
  const neighbor = { sessions: ['tor1'], established, state: '', families: new Set(['ipv4']), exports };
  return new Map([[ADDRESS, neighbor]]);
}

describe('neighbours whose session was lost to a change', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('count as up, with what they were told, until they are up again', () => {
    const owed = createOwed();
    expect(owed.reckon(one(false))).toEqual(one(false));
    owed.add(one(true));
    expect(owed.reckon(one(false, []))).toEqual(one(true));
    expect(owed.reckon(new Map())).toEqual(one(true));
    expect(owed.reckon(one(true, []))).toEqual(one(true, []));
    expect(owed.reckon(one(false, []))).toEqual(one(false, []));
  });

  it('count no longer than a session may take to come back', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const owed = createOwed();
    owed.add(one(true));
    vi.advanceTimersByTime(60_000);
    expect(owed.reckon(one(false, []))).toEqual(one(false, []));
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
