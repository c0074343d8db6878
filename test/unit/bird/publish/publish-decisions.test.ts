import { describe, expect, it } from 'vitest';
import { firstChange } from '../../../../src/bird/judge/first-change.ts';
import { exportsLost, lossText } from '../../../../src/bird/measure/losses.ts';
import type { NamedNeighbors, Neighbor } from '../../../../src/bird/measure/neighbors.ts';
import { canRunDry, resetText, sessionCost, stoppedByText } from '../../../../src/bird/measure/session-cost.ts';
import type { Preview } from '../../../../src/bird-language/compare/types.ts';

const NOTHING: Preview = {
  ...{ resets: [], begins: [], ends: [], refeeds: [], protocols: [], announced: [], withdrawn: [] },
};
const TOR1 = { protocol: 'tor1', neighbor: '10.0.0.254' };
const RESET = { ...TOR1, reasons: ['hold time 30 → 60', 'password'] };
type Named = Neighbor<ReadonlySet<string>>;

const INTENDED = { neighbors: ['10.0.0.254'], summaries: [] };

function neighbor(exports: readonly string[] | undefined, more: Partial<Named> = {}): Named {
  const told = exports === undefined ? undefined : new Set(exports);
  return {
    ...{ sessions: ['tor1'], established: true, state: '', families: new Set(['ipv4', 'ipv6']), exports: told },
    ...more,
  };
}

function one(of: Named): NamedNeighbors {
  return new Map([['10.0.0.254', of]]);
}

describe('what a change costs in sessions', () => {
  it('is nothing for a session that is down', () => {
    const down = one(neighbor([], { established: false }));
    const preview = { ...NOTHING, resets: [RESET], ends: [TOR1] };
    expect(sessionCost(preview, down, INTENDED)).toEqual({ resets: [], cut: [] });
  });

  it('is a reset for one that is up', () => {
    expect(sessionCost({ ...NOTHING, resets: [RESET] }, one(neighbor([])), INTENDED).resets).toEqual([RESET]);
    expect(resetText(RESET)).toBe('tor1 (10.0.0.254): hold time 30 → 60, password');
  });

  it('is a cut where the session of a neighbour that the configuration has ends and no other begins', () => {
    const up = one(neighbor([]));
    const ends = { ...NOTHING, ends: [TOR1] };
    expect(sessionCost(ends, up, INTENDED).cut).toEqual([TOR1]);
    expect(sessionCost(ends, up, { neighbors: [], summaries: [] }).cut).toEqual([]);
    const split = { ...ends, begins: [{ protocol: 'tor1_4', neighbor: '10.0.0.254' }] };
    expect(sessionCost(split, up, INTENDED).cut).toEqual([]);
  });
});

describe('a route refresh', () => {
  const refeeds = [{ protocol: 'tor1', channel: 'ipv4', direction: 'import', reasons: ['import filter'] }] as const;

  it('that the router cannot answer is a reset', () => {
    const now = one(neighbor([], { withoutRefresh: ['tor1'] }));
    expect(sessionCost({ ...NOTHING, refeeds }, now, INTENDED).resets).toEqual([
      { ...TOR1, reasons: ['ipv4 import filter, and the router has no route refresh'] },
    ]);
  });

  it.each([
    ['that it can answer', neighbor([])],
    ['over a session that is down', neighbor([], { withoutRefresh: ['tor1'], established: false })],
  ])('%s costs nothing', (_what, of) => {
    expect(sessionCost({ ...NOTHING, refeeds }, one(of), INTENDED).resets).toEqual([]);
  });
});

describe('what a text stops announcing by itself', () => {
  const summaries = ['10.1.1.0/24'];

  it('is a pool that the configuration still has', () => {
    const withdrawn = ['10.1.1.0/24', '10.9.9.0/24'];
    const stops = stoppedByText({ ...NOTHING, withdrawn }, { neighbors: [], summaries });
    expect(stops).toEqual(['the route of the pool 10.1.1.0/24']);
  });

  it('is everything of a family whose protocol it leaves out', () => {
    const protocols = [
      { protocol: 'flock_announce6', type: 'static', change: 'ends', reasons: [] },
      { protocol: 'flock_announce4', type: 'static', change: 'restarts', reasons: [] },
      { protocol: 'mine', type: 'static', change: 'ends', reasons: [] },
    ] as const;
    const stops = stoppedByText({ ...NOTHING, protocols }, { neighbors: [], summaries });
    expect(stops).toEqual(['all announced addresses of IPv6']);
  });
});

describe('what neighbours lose', () => {
  const told = one(neighbor(['192.0.2.1/32', '2001:db8::1/128']));

  it('is what they were told and are not told any more', () => {
    const losses = exportsLost(told, one(neighbor(['192.0.2.1/32'])));
    expect(losses).toEqual([{ neighbor: '10.0.0.254', sessions: ['tor1'], networks: ['2001:db8::1/128'] }]);
    expect(lossText(losses)).toBe('tor1 (10.0.0.254) would no longer receive 2001:db8::1/128');
  });

  it.each<[string, NamedNeighbors]>([
    ['all that is told still', told],
    ['a session that is down', one(neighbor([], { established: false }))],
    ['a family that the session has no more', one(neighbor(['192.0.2.1/32'], { families: new Set(['ipv4']) }))],
    ['a neighbour that is gone', new Map()],
    ['more routes than can be listed', one(neighbor(undefined))],
  ])('is nothing with %s', (_what, now) => {
    expect(exportsLost(told, now)).toEqual([]);
  });

  it('is told with the first few networks and the number of the rest', () => {
    const networks = Array.from({ length: 12 }, (_, n) => `192.0.2.${n}/32`);
    const text = lossText([{ neighbor: '10.0.0.254', sessions: ['tor1', 'tor1b'], networks }]);
    expect(text).toBe(
      'tor1, tor1b (10.0.0.254) would no longer receive 192.0.2.0/32, 192.0.2.1/32, 192.0.2.2/32 and 9 more',
    );
  });
});

describe('a change', () => {
  const refeed = { protocol: 'tor1', channel: 'ipv4', direction: 'export', reasons: ['export filter'] } as const;
  const exports = { ...NOTHING, refeeds: [refeed] };

  it('can be tried out unfelt when it changes what is exported and nothing else', () => {
    expect(canRunDry(exports)).toBe(true);
    const begins = { protocol: 'own', type: 'static', change: 'begins', reasons: [] } as const;
    const ends = { protocol: 'old', type: 'static', change: 'ends', reasons: [] } as const;
    expect(canRunDry({ ...exports, protocols: [begins, ends] })).toBe(true);
  });

  it.each<[string, Partial<Preview>]>([
    ['no filter', { refeeds: [] }],
    ['what is imported as well', { refeeds: [refeed, { ...refeed, direction: 'import' }] }],
    ['a session that is reset', { resets: [RESET] }],
    ['a session that begins', { begins: [TOR1] }],
    ['a session that ends', { ends: [TOR1] }],
    ['a network that goes', { withdrawn: ['10.1.1.0/24'] }],
    ['a kernel protocol that ends', { protocols: [{ protocol: 'k', type: 'kernel', change: 'ends', reasons: [] }] }],
    [
      'another protocol that begins anew',
      { protocols: [{ protocol: 'k', type: 'kernel', change: 'restarts', reasons: [] }] },
    ],
  ])('cannot with %s', (_what, more) => {
    expect(canRunDry({ ...exports, ...more })).toBe(false);
  });
});

describe('the first new line', () => {
  it('is none that only says something to people', () => {
    const places = (line: number) => ({ file: '/t/peer.hbs', line, packaged: false });
    expect(firstChange('a\nb', 'a\n# why\n\nB', places)).toBe('/t/peer.hbs:4');
    expect(firstChange('a\nb', '# why\na\n\nB', places)).toBe('/t/peer.hbs:4');
    expect(firstChange('a\nb', '# why\na\n\nb', places)).toBe('');
  });

  const place = (packaged: boolean) => (line: number) =>
    line === 2 ? { file: '/t/peer.hbs', line: 7, packaged } : undefined;

  it('is named by the line of the operator’s template', () => {
    expect(firstChange('a\nb\nc', 'a\nB\nc', place(false))).toBe('/t/peer.hbs:7');
  });

  it.each([
    ['comes from a packaged template', 'a\nB\nc', place(true)],
    ['comes from no template', 'A\nb\nc', place(false)],
    ['does not exist', 'a\nb\nc', place(false)],
  ])('is not named where it %s', (_where, after, locate) => {
    expect(firstChange('a\nb\nc', after, locate)).toBe('');
  });
});
