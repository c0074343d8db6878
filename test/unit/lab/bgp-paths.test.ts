import { describe, expect, it } from 'vitest';
import { frrPaths } from '../../lab/frr-paths.ts';
import { gobgpPaths } from '../../lab/gobgp-paths.ts';

const COMPLETE = {
  prefix: '2001:db8:ffff::53/128',
  neighbour: '10.0.1.1',
  asPath: [64601, 64601],
  communities: ['64600:100', '65535:65281'],
  largeCommunities: ['64600:1:100', '4294967294:0:4294967295'],
  med: 50,
  localPreference: 200,
};

const BARE = {
  prefix: '192.0.2.53/32',
  neighbour: '10.0.1.1',
  nextHops: ['10.0.1.1'],
  asPath: [],
  communities: [],
  largeCommunities: [],
  med: undefined,
  localPreference: undefined,
};

describe('the table of FRR', () => {
  const own = {
    aspath: { string: 'Local', segments: [], length: 0 },
    metric: 0,
    local: true,
    nexthops: [{ ip: '::' }],
    peer: { peerId: '::', routerId: '10.0.1.254' },
  };
  const complete = {
    aspath: { string: '64601 64601', segments: [{ type: 'as-sequence', list: [64601, 64601] }], length: 2 },
    metric: 50,
    locPrf: 200,
    community: { string: '64600:100 no-export', list: ['64600:100', 'noExport'] },
    largeCommunity: { string: '', list: ['64600:1:100', '4294967294:0:4294967295'] },
    nexthops: [
      { ip: '2001:db8:0:1::1', scope: 'global' },
      { ip: 'fe80::1', scope: 'link-local' },
    ],
    peer: { peerId: '10.0.1.1', routerId: '10.0.1.1', type: 'external' },
  };

  it('is read as the paths of neighbours, its own left out', () => {
    const table = { routes: { [COMPLETE.prefix]: [{ prefix: COMPLETE.prefix, version: 1 }, own, complete] } };
    expect(frrPaths(table)).toEqual([{ ...COMPLETE, nextHops: ['2001:db8:0:1::1', 'fe80::1'] }]);
  });

  it('may have paths without any optional attribute', () => {
    const bare = { aspath: { segments: [] }, nexthops: [{ ip: '10.0.1.1' }], peer: complete.peer };
    expect(frrPaths({ routes: { '192.0.2.53/32': [{ prefix: '192.0.2.53/32' }, bare] } })).toEqual([BARE]);
  });

  it('is refused with the prefix when it has another shape, or an unknown name', () => {
    expect(() => frrPaths({})).toThrow('routes is not an object: undefined');
    expect(() => frrPaths({ routes: { '::/0': {} } })).toThrow('::/0 is not an array: {}');
    const named = { ...complete, community: { list: ['noSuchThing'] } };
    expect(() => frrPaths({ routes: { '::/0': [named] } })).toThrow('noSuchThing');
  });
});

describe('the table of GoBGP', () => {
  const complete = {
    attrs: [
      { type: 1, value: 0 },
      { type: 2, as_paths: [{ segment_type: 2, num: 2, asns: [64601, 64601] }] },
      { type: 4, metric: 50 },
      { type: 5, value: 200 },
      { type: 8, communities: [4_233_625_700, 4_294_967_041] },
      { type: 14, nexthop: '2001:db8:0:1::1', afi: 2, safi: 1, value: [{ prefix: COMPLETE.prefix }] },
      {
        type: 32,
        value: [
          { ASN: 64_600, LocalData1: 1, LocalData2: 100 },
          { ASN: 4_294_967_294, LocalData1: 0, LocalData2: 4_294_967_295 },
        ],
      },
    ],
    'neighbor-ip': '10.0.1.1',
  };
  const own = { attrs: [{ type: 3, nexthop: '0.0.0.0' }] };

  it('is read as the paths of neighbours, its own left out', () => {
    const table = { [COMPLETE.prefix]: [own, complete] };
    expect(gobgpPaths(table)).toEqual([{ ...COMPLETE, nextHops: ['2001:db8:0:1::1'] }]);
  });

  it('may have paths without any optional attribute', () => {
    const bare = {
      attrs: [
        { type: 2, as_paths: null },
        { type: 3, nexthop: '10.0.1.1' },
      ],
      'neighbor-ip': '10.0.1.1',
    };
    expect(gobgpPaths({ '192.0.2.53/32': [bare] })).toEqual([BARE]);
  });

  it('is refused with the prefix when it is of another shape', () => {
    expect(() => gobgpPaths([])).toThrow('the table is not an object: []');
    expect(() => gobgpPaths({ '::/0': [{ attrs: [], 'neighbor-ip': '10.0.1.1' }] })).toThrow(
      '::/0: nexthop is not a string: undefined',
    );
  });
});
