import { describe, expect, it } from 'vitest';
import {
  followSessions,
  loseSessions,
  type SessionEvent,
  type Sessions,
  sessionProblems,
  type WantedSession,
} from '../../../../src/bird/measure/sessions.ts';
import type { ProtocolStatus } from '../../../../src/bird-control/types.ts';
import { announcing, session } from './statuses.ts';

const TOR: WantedSession = { peer: 'tor1', protocol: 'tor1', address: '10.0.0.254', reachable: true };
const START = Date.parse('2026-01-02T03:04:05Z');
const PATIENCE = 10_000;

/** What each look says, a second after the one before: events as text. @returns also the problems at the end. */
function story(looks: readonly (readonly ProtocolStatus[])[], wanted: readonly WantedSession[] = [TOR], seconds = 1) {
  let sessions: Sessions = new Map();
  const events: string[] = [];
  let ms = 0;
  for (const protocols of looks) {
    const readTime = (text: string) => (text === '' ? null : new Date(`${text.replace(' ', 'T')}Z`).toISOString());
    const followed = followSessions(sessions, wanted, protocols, { date: new Date(START + ms), ms, readTime });
    sessions = followed.sessions;
    for (const { kind, session: one, afterMs } of followed.events) events.push(`${one.peer} ${kind} after ${afterMs}`);
    ms += seconds * 1_000;
  }
  return { events, problems: sessionProblems(sessions, ms, PATIENCE).map(({ message }) => message) };
}

const up = session('tor1', 'Established');
const refused = session('tor1', 'Active', { error: 'Socket: Connection refused' });
const many = <T>(count: number, one: T): T[] => Array(count).fill(one);

describe('sessions', () => {
  it.each<[string, ProtocolStatus[][], readonly WantedSession[], RegExp[]]>([
    ['that is up', many(20, [up]), [TOR], []],
    ['that has not had the time to come up', many(9, [refused]), [TOR], []],
    [
      'that has not come up',
      many(11, [refused]),
      [TOR],
      [
        /^session tor1 with 10\.0\.0\.254: not established since 2026-01-02T03:04:00\.000Z, state Active; last error: Socket: Connection refused; compare .*"birdc show protocols all tor1"$/,
      ],
    ],
    [
      'that BIRD tells no error of',
      many(11, [session('tor1', 'Connect')]),
      [TOR],
      [/state Connect; the router does not answer/],
    ],
    ['that was up a moment ago', [...many(20, [up]), ...many(9, [refused])], [TOR], []],
    ['that was up before', [...many(20, [up]), ...many(11, [refused])], [TOR], [/since 2026-01-02T03:04:00/]],
    ['that is up again', [...many(20, [refused]), [up]], [TOR], []],
    [
      'that begins anew after each error, so that BIRD tells another time',
      Array.from({ length: 12 }, (_, n) => [
        session('tor1', n % 2 === 0 ? 'Idle' : 'OpenSent', {
          error: 'BGP Error: Bad peer AS',
          since: `2026-01-02 03:04:${10 + n}`,
        }),
      ]),
      [TOR],
      [/since 2026-01-02T03:04:05\.000Z, state OpenSent; last error: BGP Error: Bad peer AS/],
    ],
    [
      'that somebody has disabled',
      many(11, [session('tor1', 'Down')]),
      [TOR],
      [/disabled since .*; run "birdc enable tor1"/],
    ],
    [
      'to a router that this host has no route to',
      many(11, [session('tor1', 'Down')]),
      [{ ...TOR, reachable: false }],
      [/this host has no route to 10\.0\.0\.254; give the peer a sourceAddress/],
    ],
    [
      'that BIRD does not have',
      many(11, [announcing(4, 1)]),
      [TOR],
      [/^session tor1 with 10\.0\.0\.254: BIRD has not had it since .*"flockctl render --diff"/],
    ],
    [
      'whose protocol has another name',
      many(11, []),
      [{ ...TOR, peer: 'router', protocol: 'peer_router' }],
      [/^session router \(peer_router in BIRD\) with/],
    ],
    [
      "of the operator's, where the configuration has no peer",
      many(11, [session('mine', 'Active', { address: '10.0.0.9' }), session('other', 'Established')]),
      [],
      [/^session mine with 10\.0\.0\.9: not established/],
    ],
    ["of the operator's, where the configuration has one", many(11, [up, session('mine', 'Active')]), [TOR], []],
    [
      'that only listens for a range of neighbours',
      many(11, [session('range', 'Passive', { address: undefined })]),
      [],
      [],
    ],
  ])('one %s', (_what, looks, wanted, expected) => {
    const { problems } = story(looks, wanted);
    expect(problems).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(problems[at]).toMatch(pattern);
  });

  it('are told when they come up and go down, with how long it took', () => {
    expect(story([[refused], [refused], [up], [up], [up], [refused], [], [up]]).events).toEqual([
      'tor1 up after 2000',
      'tor1 down after 3000',
      'tor1 up after 2000',
    ]);
  });

  it('have no problem that is told twice a minute later', () => {
    expect(story(many(70, [refused]), [TOR]).problems).toHaveLength(1);
  });
});

it('sessions that BIRD takes with it when it goes away are down from then on, and told once', () => {
  const readTime = () => null;
  const at = (ms: number) => ({ date: new Date(START + ms), ms, readTime });
  const told = ({ kind, session: { peer, error }, afterMs }: SessionEvent) =>
    `${peer} ${kind} after ${afterMs} ${error}`;
  const other: WantedSession = { ...TOR, peer: 'tor2', protocol: 'tor2' };
  const protocols = [up, session('tor2', 'Active')];
  const { sessions } = followSessions(new Map(), [TOR, other], protocols, at(0));
  const lost = loseSessions(sessions, 'BIRD does not answer', at(5_000));
  expect(lost.events.map(told)).toEqual(['tor1 down after 5000 BIRD does not answer']);
  expect(loseSessions(lost.sessions, 'BIRD does not answer', at(6_000)).events).toEqual([]);
  const back = followSessions(lost.sessions, [TOR, other], [session('tor1', 'Connect')], at(7_000));
  expect(back.events).toEqual([]);
  expect(followSessions(back.sessions, [TOR, other], protocols, at(9_000)).events.map(told)).toEqual([
    'tor1 up after 4000 ',
  ]);
});
