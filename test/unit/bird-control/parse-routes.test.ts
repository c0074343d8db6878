import { describe, expect, it } from 'vitest';
import { parseRouteCount, parseRoutes } from '../../../src/bird-control/replies/parse-routes.ts';
import type { Reply } from '../../../src/bird-control/replies/reply.ts';
import { captured, replyOf } from './replies.ts';

const parse = (reply: Reply) => parseRoutes('show route all', reply);
const route = (reply: Reply, network: string) => parse(reply).find((candidate) => candidate.network === network);

describe('reading `show route`', () => {
  it('reads a BGP route of 2.0.12 with its attributes, long lists joined', () => {
    const read = route(captured('show-route-all'), '203.0.113.0/24');
    expect(read).toMatchObject({
      type: 'unicast',
      protocol: 'tor1',
      primary: true,
      preference: 100,
      nextHops: [{ via: '10.99.0.1', interface: 'eth0', onlink: false, weight: undefined }],
    });
    expect(read?.incomplete).toBeUndefined();
    const communities = read?.attributes.get('BGP.community')?.split(' ') ?? [];
    expect(communities).toEqual(Array.from({ length: 90 }, (_, index) => `(65000,${1000 + index})`));
    expect(new Map([...(read?.attributes ?? [])].filter(([name]) => name !== 'BGP.community'))).toEqual(
      new Map([
        ['Type', 'BGP univ'],
        ['BGP.origin', 'IGP'],
        ['BGP.as_path', '65000 65011 65010'],
        ['BGP.next_hop', '10.99.0.1'],
        ['BGP.med', '50'],
        ['BGP.local_pref', '100'],
        ['BGP.ext_community', '(rt, 65000, 77)'],
        ['BGP.large_community', '(65000, 1, 2)'],
      ]),
    );
  });

  it('reads next hops by device, by gateway, with weights, on link and link-local', () => {
    const hop = { via: undefined, interface: undefined, onlink: false, weight: undefined };
    const hops = (network: string) => route(captured('show-route-all'), network)?.nextHops;
    expect(hops('192.0.2.2/32')).toEqual([
      { ...hop, interface: 'flocka' },
      { ...hop, interface: 'flockb' },
    ]);
    expect(hops('192.0.2.3/32')).toEqual([
      { ...hop, via: '10.99.0.8', interface: 'eth0', weight: 3 },
      { ...hop, via: '10.99.0.7', interface: 'eth0', weight: 2 },
    ]);
    expect(hops('192.0.2.4/32')).toEqual([{ ...hop, via: '10.7.0.1', interface: 'flocka', onlink: true }]);
    expect(hops('2001:db8:a::2/128')).toEqual([{ ...hop, via: 'fe80::7', interface: 'flocka' }]);
    expect(hops('10.244.7.0/24')).toEqual([]);
  });

  it('gives a second route of a network that network, and knows which one is primary', () => {
    expect(parse(captured('show-route-network'))).toMatchObject([
      { network: '192.0.2.1/32', type: 'unicast', protocol: 'anycast4', primary: true, preference: 200 },
      { network: '192.0.2.1/32', type: 'unreachable', protocol: 'again4', primary: false, preference: 150 },
    ]);
  });

  it('reads several tables, a learned-from address and an attribute of the configuration', () => {
    expect(parse(captured('show-route-all'))).toHaveLength(15);
    expect(route(captured('show-route-all'), '::/0')).toMatchObject({
      protocol: 'tor1',
      primary: true,
      preference: 100,
    });
    expect(route(captured('show-route-all'), '192.0.2.4/32')?.attributes.get('site_cost')).toBe('12');
  });

  it('reads a list without attributes', () => {
    expect(parse(captured('show-route-export')).map(({ network, attributes }) => [network, attributes.size])).toEqual([
      ['192.0.2.2/32', 0],
      ['192.0.2.1/32', 0],
      ['192.0.2.4/32', 0],
      ['192.0.2.3/32', 0],
      ['2001:db8:a::1/128', 0],
      ['2001:db8:a::2/128', 0],
    ]);
  });

  it('marks a route of which BIRD left a line out', () => {
    const text =
      '1007-192.0.2.1/32 blackhole [s 10:00:00.000] * (200)\n8000-<line overflow>\n1012-\tBGP.med: 1\n0000 \n';
    expect(parse(replyOf(text))).toMatchObject([{ incomplete: true, attributes: new Map([['BGP.med', '1']]) }]);
  });

  it('reads the layout of BIRD 3, as nest/rt-show.c and nest/rt-attr.c of 3.3.2 print it', () => {
    const text = [
      '1007-Table master4:',
      ' 192.0.2.1/32         unicast [tor1 20:41:30.585] ! (100) [AS65000i]',
      ' \tvia 10.99.0.1 on eth0 mpls 100/200 onlink weight 2',
      '1012-\tpreference: 100',
      ' \tbgp_path: 65000 65011',
      ' \tbgp_community: (65000,1)',
      ' \t\t(65000,2)',
      '1008-\tInternal route handling values: 0L 3G 0S id 1',
      '1007-192.0.2.2/32         recursive [ibgp 20:41:30.585] (100) [AS65000i]',
      ' \tvia 10.0.0.9 table master4',
      '0000 ',
      '',
    ].join('\n');
    expect(parse(replyOf(text))).toEqual([
      {
        network: '192.0.2.1/32',
        type: 'unicast',
        protocol: 'tor1',
        primary: true,
        preference: 100,
        nextHops: [{ via: '10.99.0.1', interface: 'eth0', onlink: true, weight: 2 }],
        attributes: new Map([
          ['preference', '100'],
          ['BGP.as_path', '65000 65011'],
          ['BGP.community', '(65000,1) (65000,2)'],
        ]),
      },
      expect.objectContaining({
        nextHops: [{ via: '10.0.0.9', interface: undefined, onlink: false, weight: undefined }],
      }),
    ]);
  });

  it('takes an interface called like a keyword for an interface', () => {
    const text = '1007-192.0.2.1/32 unicast [s 10:00] * (200)\n \tdev onlink weight 1\n \tvia ::1 on weight\n0000 \n';
    expect(parse(replyOf(text))[0]?.nextHops).toEqual([
      { via: undefined, interface: 'onlink', onlink: false, weight: 1 },
      { via: '::1', interface: 'weight', onlink: false, weight: undefined },
    ]);
  });

  it('finds no routes in 8001, and fails on any other last line', () => {
    expect(parse(replyOf('8001 Network not found\n'))).toEqual([]);
    expect(() => parse(replyOf('9001 No valid tables\n'))).toThrow(
      expect.objectContaining({ kind: 'refused', code: 9001 }),
    );
    expect(() => parse(replyOf('0003 Reconfigured\n'))).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });

  it.each([
    '1007-garbage',
    '1007-                     unicast [s 10:00]',
    '1007-10.0.0.0/8 unicast [static1 10:00',
    '1007-10.0.0.0/8 unicast static1 10:00]',
    '1007-1.2.3.4/32 unicast [s 1]\n \tfoo',
  ])('fails on %o instead of leaving a route out', (line) => {
    expect(() => parse(replyOf(`${line}\n0000 \n`))).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });
});

describe('reading `show route … count`', () => {
  const count = (reply: Reply) => parseRouteCount('show route count', reply);

  it('takes the sum that BIRD gives for several tables, and the line of a single one', () => {
    expect(count(captured('count-two-tables'))).toBe(15);
    expect(count(captured('count-one-table'))).toBe(10);
  });

  it('fails on an answer without a count', () => {
    for (const text of ['0000 \n', '0014 Total: many\n', '1007-a of b routes\n0000 \n']) {
      expect(() => count(replyOf(text))).toThrow(expect.objectContaining({ kind: 'protocol' }));
    }
    expect(() => count(replyOf('8004 Stopped due to reconfiguration\n'))).toThrow(
      expect.objectContaining({ code: 8004 }),
    );
  });
});
