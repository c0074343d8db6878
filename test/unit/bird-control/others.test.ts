import { describe, expect, it } from 'vitest';
import { Others } from '../../../src/bird-control/others.ts';

/** A time of the last reconfiguration, as BIRD prints it. */
const at = (second: number): string => `2026-11-23 20:41:${second}.688`;

describe('somebody else who reconfigures BIRD', () => {
  it('is noticed by another time of the last reconfiguration, also an earlier one', () => {
    for (const time of [at(30), at(10)]) {
      const others = new Others();
      others.look(at(20), 1);
      others.look(at(20), 1);
      expect(others.displaced).toBe(false);
      others.look(time, 1);
      expect(others.displaced).toBe(true);
    }
  });

  it('is not ourselves', () => {
    const others = new Others();
    others.look(at(20), 1);
    others.begin();
    others.look(at(21), 1);
    others.end(true);
    others.look(at(21), 1);
    expect(others.displaced).toBe(false);
  });

  it('is not another BIRD, over another connection', () => {
    const others = new Others();
    others.look(at(20), 1);
    others.look(at(30), 2);
    expect(others.displaced).toBe(false);
  });

  it('counts until we have brought into force what lies in its own place', () => {
    const others = new Others();
    others.look(at(20), 1);
    others.look(at(30), 1);
    others.begin();
    others.end(false);
    expect(others.displaced).toBe(true);
    others.begin();
    others.end(true);
    expect(others.displaced).toBe(false);
  });

  it('cannot be noticed where BIRD does not tell the time', () => {
    const others = new Others();
    others.look(at(20), 1);
    others.look(undefined, 1);
    expect(others.displaced).toBe(false);
  });
});
