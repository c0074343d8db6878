import { describe, expect, it } from 'vitest';
import { Others, type Times } from '../../../src/bird-control/others.ts';

/** A moment as BIRD prints it, in milliseconds after 20:00. */
const moment = (milliseconds: number): string => {
  const time = new Date(Date.UTC(2026, 10, 23, 20) + milliseconds).toISOString();
  return `${time.slice(0, 10)} ${time.slice(11, 23)}`;
};

/** One answer of a BIRD that began at 20:00 and was reconfigured so much later, on a clock that is off by so much. */
const answer = (reconfigured: number, off = 0): Times => ({
  lastReboot: moment(off),
  lastReconfiguration: moment(reconfigured + off),
});

/** Whether somebody else is seen at work in a row of answers over one connection. */
function displaced(...answers: Times[]): boolean {
  const others = new Others();
  for (const one of answers) others.compare(one, 1);
  return others.displaced;
}

describe('a reconfiguration of BIRD by others', () => {
  it.each<[string, Times[], boolean]>([
    ['the same answer twice', [answer(60_000), answer(60_000)], false],
    ['a later reconfiguration', [answer(60_000), answer(61_000)], true],
    ['an earlier one, which an undo has brought back', [answer(60_000), answer(30_000)], true],
    ['one after the other in a quarter of a second', [answer(60_000), answer(60_250)], true],
    ['times that wander by milliseconds', [answer(60_000, 3), answer(60_000, -3), answer(60_000, 2)], false],
    ['a cut-off last digit', [answer(60_000), answer(60_001), answer(60_000)], false],
    ['a clock that is put back by an hour', [answer(60_000), answer(60_000, -3_600_000)], false],
    ['a clock that is put forward by a day', [answer(60_000), answer(60_000, 86_400_000)], false],
    ['a clock that is put back, and a reconfiguration', [answer(60_000), answer(65_000, -3_600_000)], true],
    [
      'a BIRD that does not tell the time',
      [answer(60_000), { lastReboot: undefined, lastReconfiguration: undefined }],
      false,
    ],
    [
      'a format that lacks the day',
      [
        { lastReboot: '20:00:00', lastReconfiguration: '20:41:30' },
        { lastReboot: '20:00:00', lastReconfiguration: '20:41:31' },
      ],
      false,
    ],
    [
      'a reconfiguration after an answer that could not be read',
      [answer(60_000), { lastReboot: 'x', lastReconfiguration: 'y' }, answer(70_000)],
      true,
    ],
  ])('%s: %j → %s', (_what, answers, expected) => {
    expect(displaced(...answers)).toBe(expected);
  });

  it('is not ourselves', () => {
    const others = new Others();
    others.compare(answer(20_000), 1);
    others.begin();
    others.compare(answer(21_000), 1);
    others.end(true);
    others.compare(answer(21_000), 1);
    expect(others.displaced).toBe(false);
  });

  it('is not another BIRD, over another connection', () => {
    const others = new Others();
    others.compare(answer(20_000), 1);
    others.compare(answer(30_000), 2);
    expect(others.displaced).toBe(false);
  });

  it('counts until we have brought into force what lies in its own place', () => {
    const others = new Others();
    others.compare(answer(20_000), 1);
    others.compare(answer(30_000), 1);
    others.begin();
    others.end(false);
    expect(others.displaced).toBe(true);
    others.begin();
    others.end(true);
    expect(others.displaced).toBe(false);
  });
});
