import { describe, expect, it } from 'vitest';
import type { BirdMemory, FamilyMemory } from '../../../../src/bird/measure/memory.ts';
import { followShortfalls, memoryProblems, type Shortfalls } from '../../../../src/bird/measure/memory-problems.ts';
import { address } from '../../model/fixtures.ts';

const ALL = new Set(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map(address));
const NONE = new Set<never>();
const FILES = { wanted: '/etc/bird/bird.conf', read: '/etc/bird/other.conf' };

const found = (changes: Partial<FamilyMemory> = {}): FamilyMemory => ({
  ...{ family: 4, announced: ALL, protocol: 'up', missing: NONE, tellers: ['tor1'], untold: NONE, trace: '' },
  ...changes,
});

/** The problems after looks a second apart that found this. */
function told(looks: readonly FamilyMemory[], graceMs = 10_000) {
  let shortfalls: Shortfalls = new Map();
  let memory: BirdMemory = new Map();
  let now = 0;
  for (const look of looks) {
    memory = new Map([[4, look]]);
    shortfalls = followShortfalls(shortfalls, memory, now);
    now += 1_000;
  }
  return memoryProblems(memory, shortfalls, { now, graceMs, files: FILES });
}

const many = <T>(count: number, one: T): T[] => Array(count).fill(one);

describe("what is wrong with BIRD's memory", () => {
  it.each<[string, FamilyMemory[], string[]]>([
    ['nothing', many(20, found()), []],
    ['a route that is missing for a moment', [found({ missing: ALL })], []],
    [
      'another file',
      many(3, found({ protocol: 'absent', missing: ALL })),
      [
        'notInBird: BIRD does not have 4 of 4 announced IPv4 addresses (192.0.2.1, 192.0.2.2, 192.0.2.3 and 1 more): it runs /etc/bird/other.conf without the protocol flock_announce4; start it with -c /etc/bird/bird.conf, or set bird.config to the file that it reads',
      ],
    ],
    [
      'a disabled protocol',
      many(3, found({ protocol: 'down', missing: ALL })),
      [
        'notInBird: BIRD does not have 4 of 4 announced IPv4 addresses (192.0.2.1, 192.0.2.2, 192.0.2.3 and 1 more): its protocol flock_announce4 is disabled; run "birdc enable flock_announce4"',
      ],
    ],
    [
      'a route that is missing',
      many(3, found({ missing: new Set([address('192.0.2.2')]) })),
      ['notInBird: BIRD does not have 1 of 4'],
    ],
    ['no session for less than a session may take', many(9, found({ tellers: [] })), []],
    [
      'no session for longer',
      many(10, found({ tellers: [] })),
      ['noPeer: no router receives 192.0.2.1, 192.0.2.2, 192.0.2.3 and 1 more: no established session carries IPv4'],
    ],
    ['no session, and one again', [...many(30, found({ tellers: [] })), found()], []],
    ['no session, and nothing to announce', many(30, found({ tellers: [], announced: NONE })), []],
    [
      'a filter that refuses one',
      many(30, found({ untold: new Set([address('192.0.2.2')]) })),
      ['noPeer: no router receives 192.0.2.2: BIRD has a route of flockd'],
    ],
    [
      'all that is missing, which no router can be told',
      many(30, found({ protocol: 'absent', missing: ALL, tellers: [] })),
      ['notInBird: '],
    ],
  ])('%s', (_what, looks, expected) => {
    const problems = told(looks).map(({ code, message }) => `${code}: ${message}`);
    expect(problems).toHaveLength(expected.length);
    for (const [at, text] of expected.entries()) expect(problems[at]).toContain(text);
  });
});
