import { describe, expect, it } from 'vitest';
import { parseProtocols } from '../../../src/bird-control/replies/parse-protocols.ts';
import type { Reply } from '../../../src/bird-control/replies/reply.ts';
import { captured, replyOf } from './replies.ts';

const parse = (reply: Reply) => parseProtocols('show protocols all', reply);
const named = (reply: Reply, name: string) => parse(reply).find((protocol) => protocol.name === name);

describe('reading `show protocols all`', () => {
  it('reads an established BGP session of 2.0.12 with its channels', () => {
    expect(named(captured('show-protocols-all'), 'tor1')).toEqual({
      name: 'tor1',
      type: 'BGP',
      table: undefined,
      state: 'up',
      since: '2026-11-23 20:41:30',
      info: 'Established',
      bgp: {
        state: 'Established',
        neighborAddress: '10.99.0.1',
        neighborAs: 65000,
        sourceAddress: '10.99.0.2',
        lastError: undefined,
        holdTimer: '7.715/9',
        routeRefresh: true,
      },
      channels: [
        {
          name: 'ipv4',
          state: 'UP',
          table: 'master4',
          imported: 3,
          filtered: undefined,
          exported: 4,
          preferred: 3,
          importFilter: 'ACCEPT',
          exportFilter: '(unnamed)',
          nextHop: '10.99.0.2',
          accepted: { imports: '3 0', exports: '4 0' },
        },
        expect.objectContaining({
          name: 'ipv6',
          state: 'UP',
          table: 'master6',
          imported: 2,
          exported: 2,
          preferred: 2,
        }),
      ],
    });
  });

  it('lists every protocol in order, whatever its name and time format', () => {
    expect(
      parse(captured('show-protocols-all')).map(({ name, type, table, state }) => [name, type, table, state]),
    ).toEqual([
      ['device1', 'Device', undefined, 'up'],
      ['direct1', 'Direct', undefined, 'up'],
      ['kernel4', 'Kernel', 'master4', 'up'],
      ['kernel6', 'Kernel', 'master6', 'up'],
      ['pods4', 'Static', 'master4', 'up'],
      ['anycast4', 'Static', 'master4', 'up'],
      ['again4', 'Static', 'master4', 'up'],
      ['any-cast.6', 'Static', 'master6', 'up'],
      ['extra', 'Static', 'extra4', 'up'],
      ['tor1', 'BGP', undefined, 'up'],
      ['tor2', 'BGP', undefined, 'start'],
      ['tor3', 'BGP', undefined, 'down'],
      ['dyn', 'BGP', undefined, 'start'],
    ]);
    expect(named(captured('show-protocols-all-tor'), 'node1')?.since).toBe('20:41:30.496');
  });

  it('tells why a session is not up', () => {
    expect(named(captured('show-protocols-all'), 'tor2')).toMatchObject({
      info: 'Active        Socket: No route to host',
      bgp: {
        state: 'Active',
        lastError: 'Socket: No route to host',
        holdTimer: undefined,
        sourceAddress: undefined,
        routeRefresh: undefined,
      },
      channels: [{ state: 'DOWN', imported: undefined, exported: undefined }, { state: 'DOWN' }],
    });
  });

  it('reads a disabled session and one with a range of neighbours', () => {
    expect(named(captured('show-protocols-all'), 'tor3')).toMatchObject({
      info: '',
      bgp: { state: 'Down', neighborAddress: 'fe80::1%eth0', neighborAs: 65009 },
    });
    expect(named(captured('show-protocols-all'), 'dyn')).toMatchObject({
      bgp: { state: 'Passive', neighborAddress: undefined, neighborAs: 65003 },
    });
  });

  it('reads filtered routes and named filters', () => {
    expect(named(captured('show-protocols-all-tor'), 'node1')?.channels[0]).toMatchObject({
      imported: 4,
      filtered: 0,
      exported: 3,
      preferred: 4,
      exportFilter: 'out4',
    });
  });

  it('has no channels for a protocol without any', () => {
    expect(named(captured('show-protocols-all'), 'device1')).toMatchObject({ channels: [], bgp: undefined, info: '' });
  });

  it('passes over a line that was too long for the socket', () => {
    expect(parse(captured('show-protocols-all-overflow'))).toMatchObject([
      { name: 's1', channels: [{ name: 'ipv4', imported: 1 }] },
    ]);
  });

  it('reads the further lines and columns of BIRD 3, as nest/proto.c and proto/bgp/bgp.c of 3.3.2 print them', () => {
    const reply = replyOf(
      [
        '2002-Name       Proto      Table      State  Since         Info',
        '1002-a_name_longer_than_its_column BGP        ---        up     2026-11-23 20:41:30  Established   ',
        '1006-  Created:            2026-11-23 20:41:29',
        '   BGP state:          Established',
        '     Neighbor address: fe80::1%eth0 onlink',
        '     Neighbor AS:      65000',
        '     TX pending:       0 bytes',
        '     Send hold timer:  17.0/18',
        '   Channel ipv4',
        '     State:          UP',
        '     Import state:   UP',
        '     Export state:   READY',
        '     Table:          master4',
        '     Routes:         1 imported, 2 filtered, 3 exported, 4 preferred',
        '     Route change stats:     received   rejected   filtered    ignored   RX limit      limit   accepted',
        '       Import updates:              5          0          0          0          0          0          5',
        '     BGP Next hop:   10.99.0.2',
        '     Pending 0 attribute sets with total 0 prefixes to send',
        ' ',
        '0000 ',
        '',
      ].join('\n'),
    );
    expect(parse(reply)).toMatchObject([
      {
        name: 'a_name_longer_than_its_column',
        bgp: { neighborAddress: 'fe80::1%eth0', neighborAs: 65000 },
        channels: [{ state: 'UP', table: 'master4', imported: 1, filtered: 2, exported: 3, preferred: 4 }],
      },
    ]);
  });

  it('is empty when nothing matches, and fails on any other last line', () => {
    expect(parse(replyOf('8003 No protocols match\n'))).toEqual([]);
    expect(() => parse(replyOf('8007 Access denied\n'))).toThrow(
      expect.objectContaining({ kind: 'refused', code: 8007 }),
    );
    expect(() => parse(replyOf('0013 Daemon is up\n'))).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });

  it('fails on a protocol that it cannot read instead of leaving it out', () => {
    expect(() => parse(replyOf('1002-garbage\n0000 \n'))).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });
});
