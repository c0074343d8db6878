import { describe, expect, it } from 'vitest';
import { longestConnectMs } from '../../../../src/bird/measure/connect-time.ts';

describe('how long a session may take', () => {
  it.each([
    ['with the packaged templates', 'connect delay time 1;\n\tconnect retry time 5;', 10_000],
    ["with BIRD's own times", 'protocol bgp tor1 {}', 129_000],
    ['with one of them', 'connect delay time 1;', 125_000],
    ['with several: the longest', 'connect delay time 1; connect retry time 5; connect delay time 20;', 29_000],
    ["with sessions of the operator's", undefined, 15_000],
  ])('%s', (_how, text, expected) => {
    expect(longestConnectMs(text)).toBe(expected);
  });
});
