import { describe, expect, it } from 'vitest';
import { lineOf, type Played, parseHistory, type Step, standsAfter, takenBack } from '../../tamper/step.ts';

const HISTORY = `    0.0 whole
    1.5 do host-end-down web1
    2.0 do nexthops-flushed    # exit status 1: no nexthop
   12.3 undo host-end-down web1
   12.4 look
`;

const DOWN: Step = { verb: 'do', action: 'host-end-down', pod: 'web1' };

describe('a history', () => {
  it('is read as it is written', () => {
    const played = parseHistory(HISTORY);
    expect(played.map(({ at }) => at)).toEqual([0, 1.5, 2, 12.3, 12.4]);
    expect(played[1]?.step).toEqual(DOWN);
    expect(parseHistory(played.map(lineOf).join('\n'))).toEqual(played);
  });

  it('shows what failed, on the line', () => {
    const played: Played = { at: 2, step: { verb: 'look' }, note: 'no\nsuch device' };
    expect(lineOf(played)).toBe('    2.0 look    # no such device');
  });

  it.each([
    ['one do host-end-down web1', 'seconds'],
    ['1 hit host-end-down web1', 'the verb must be'],
    ['1 do host-end-sideways web1', 'there is no action host-end-sideways'],
    ['1 do host-end-down', 'the pod is missing'],
    ['1 do nexthops-flushed web1', 'it is about no pod'],
    ['1 do host-end-down web1 now', 'seconds, verb, action, pod'],
  ])('is refused with the reason: %s', (line, why) => {
    expect(() => parseHistory(line)).toThrow(why);
  });
});

describe('what stands', () => {
  it('is what has to be taken back, until it is', () => {
    expect(standsAfter([], DOWN)).toEqual([{ action: 'host-end-down', pod: 'web1' }]);
    expect(standsAfter([], { verb: 'do', action: 'nexthops-flushed', pod: '' })).toEqual([]);
    const standing = standsAfter([{ action: 'host-end-down', pod: 'web2' }], DOWN);
    expect(standsAfter(standing, { ...DOWN, verb: 'undo' })).toEqual([{ action: 'host-end-down', pod: 'web2' }]);
    expect(standsAfter(standing, { verb: 'look' })).toEqual(standing);
    expect(standsAfter(standing, { verb: 'whole' })).toEqual([]);
  });

  it('is taken back files first, then services, then the latest first', () => {
    const standing = [
      'uplink-down',
      'bird-killed',
      'flockd-killed',
      'forward-dropped',
      'state-full',
      'bird-folder-full',
    ];
    const order = takenBack(standing.map((action) => ({ action, pod: '' })));
    expect(order.map(({ action }) => action)).toEqual([
      'bird-folder-full',
      'state-full',
      'flockd-killed',
      'bird-killed',
      'forward-dropped',
      'uplink-down',
    ]);
  });
});
