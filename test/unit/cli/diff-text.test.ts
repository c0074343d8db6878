import { describe, expect, it } from 'vitest';
import type { ChangeJson, DiffJson, PreviewJson } from '../../../src/api/types.ts';
import { formatDiff, formatOutcome, unknownStates } from '../../../src/cli/diff-text.ts';

const EMPTY: PreviewJson = {
  ...{ resets: [], begins: [], ends: [], refeeds: [], protocols: [], announced: [], withdrawn: [] },
};

function diffOf(preview: Partial<PreviewJson> = {}, rest: Partial<DiffJson> = {}): DiffJson {
  const files = [
    { path: '/etc/bird/bird.conf', diff: '' },
    { path: '/etc/bird/flock-announcements.conf', diff: '' },
  ];
  return { change: null, files, keptForeign: null, preview: { ...EMPTY, ...preview }, ...rest };
}

const CHANGED = [{ path: '/etc/bird/bird.conf', diff: '--- a\n+++ a\n@@ -1,1 +1,1 @@\n-x\n+y\n' }];

describe('a difference for people', () => {
  it('says that nothing changes', () => {
    expect(formatDiff(diffOf())).toBe('nothing changes\n');
  });

  it('says so when only the text changes', () => {
    expect(formatOutcome(diffOf({}, { files: CHANGED }))).toBe(
      '/etc/bird/bird.conf changes, but no session, channel, protocol or announcement\n',
    );
  });

  it('lines up sessions, channels, protocols and announcements below the files', () => {
    const preview: PreviewJson = {
      resets: [
        { session: 'tor1', neighbor: '10.0.0.254', established: true, reasons: ['hold time 30 → 60', 'password'] },
        { session: 'tor2', neighbor: '10.0.1.254', established: false, reasons: ['password'] },
        { session: 'tor3', neighbor: '10.0.2.254', established: null, reasons: ['password'] },
      ],
      ends: [{ session: 'old1', neighbor: '10.0.3.254', established: true }],
      begins: [{ session: 'new1', neighbor: '10.0.4.254' }],
      refeeds: [
        { session: 'tor4', channel: 'ipv4', direction: 'export', reasons: ['export filter'] },
        { session: 'tor4', channel: 'ipv6', direction: 'import', reasons: ['import filter', 'preference 100 → 120'] },
      ],
      protocols: [{ protocol: 'mine', type: 'static', change: 'begins', reasons: [] }],
      announced: ['192.0.2.1/32'],
      withdrawn: ['192.0.2.9/32'],
    };
    expect(formatDiff(diffOf(preview, { files: CHANGED }))).toBe(`--- a
+++ a
@@ -1,1 +1,1 @@
-x
+y

sessions
  tor1  10.0.0.254  reset   hold time 30 → 60, password  established now: needs "flockctl apply --reset" or bird.allowSessionReset
  tor2  10.0.1.254  reset   password                     not established now
  tor3  10.0.2.254  reset   password                     not known whether it is established
  old1  10.0.3.254  ends                                 established now
  new1  10.0.4.254  begins
channels sent again
  tor4.ipv4  export  export filter
channels requested again
  tor4.ipv6  import  import filter, preference 100 → 120
other protocols
  mine  static  begins
announcements
  + 192.0.2.1/32
  - 192.0.2.9/32
`);
  });

  it.each([
    ['waits', 'change waits since 2026-01-02T03:04:05.000Z: it would reset tor1'],
    ['undone', 'change undone at 2026-01-02T03:04:05.000Z: it would reset tor1'],
    ['verifying', 'change in force on trial since 2026-01-02T03:04:05.000Z: it would reset tor1'],
  ] as const)('tells that the change is %s', (state, said) => {
    const change: ChangeJson = { state, since: '2026-01-02T03:04:05.000Z', message: 'it would reset tor1', resets: [] };
    expect(formatDiff(diffOf({}, { change, files: CHANGED })).split('\n')).toContain(said);
  });

  it('tells where a foreign file is kept', () => {
    const keptForeign = '/etc/bird/bird.conf.before-flock';
    const text = formatOutcome(
      diffOf({ begins: [{ session: 'tor1', neighbor: '' }] }, { files: CHANGED, keptForeign }),
    );
    expect(text).toMatch(
      /^\/etc\/bird\/bird.conf is not flockd's; it would be kept as \/etc\/bird\/bird.conf.before-flock\n/,
    );
    expect(text).toContain('sessions\n  tor1');
  });

  it('drives no terminal with what a file says', () => {
    expect(formatOutcome(diffOf({ begins: [{ session: 'a\u001b[2J', neighbor: '' }] }))).toContain('a\\u001b[2J');
  });

  it('says why it is not known which sessions are established, when that matters', () => {
    const ends = [{ session: 'tor1', neighbor: '10.0.0.254', established: null }];
    expect(unknownStates({ ...EMPTY, ends }, 'there is no socket')).toContain('there is no socket');
    expect(unknownStates(EMPTY, 'there is no socket')).toBe('');
    expect(unknownStates({ ...EMPTY, ends }, '')).toBe('');
  });
});
