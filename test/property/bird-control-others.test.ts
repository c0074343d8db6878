import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Others } from '../../src/bird-control/others.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

const moment = (milliseconds: number): string => {
  const text = new Date(START + milliseconds).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`;
};

/** How far BIRD's clock is off in one answer: it wanders by milliseconds, and steps. */
const offset = fc.oneof(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -DAY, max: DAY }));
/** From BIRD's start to a reconfiguration. */
const age = fc.integer({ min: 0, max: DAY });

function look(others: Others, reconfigured: number, off: number): void {
  others.compare({ lastReboot: moment(DAY + off), lastReconfiguration: moment(DAY + reconfigured + off) }, 1);
}

describe('the time of the last reconfiguration', () => {
  it('raises no alarm while BIRD is not reconfigured, whatever its clock does', () => {
    fc.assert(
      fc.property(age, fc.array(offset, { minLength: 2, maxLength: 50 }), (reconfigured, offsets) => {
        const others = new Others();
        for (const off of offsets) look(others, reconfigured, off);
        expect(others.displaced).toBe(false);
      }),
    );
  });

  it('raises one when it is, whatever its clock does meanwhile', () => {
    fc.assert(
      fc.property(age, age, offset, offset, (before, after, first, second) => {
        fc.pre(Math.abs(after - before) > 20);
        const others = new Others();
        look(others, before, first);
        look(others, after, second);
        expect(others.displaced).toBe(true);
      }),
    );
  });

  it('is never trusted to be a time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
        const others = new Others();
        for (const lastReconfiguration of [a, b, c]) others.compare({ lastReboot: b, lastReconfiguration }, 1);
        expect(others.displaced).toBe(false);
      }),
    );
  });
});
