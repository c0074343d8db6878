import { describe, expect, it } from 'vitest';
import { parseConfigureStatus } from '../../../src/bird-control/replies/parse-configure.ts';
import { parseProtocols } from '../../../src/bird-control/replies/parse-protocols.ts';
import { parseRouteCount, parseRoutes } from '../../../src/bird-control/replies/parse-routes.ts';
import { parseStatus } from '../../../src/bird-control/replies/parse-status.ts';
import type { Reply } from '../../../src/bird-control/replies/reply.ts';
import { replyOf } from './replies.ts';

/** A reply out of its lines, in the form in which the version named printed them. */
const reply = (...lines: string[]): Reply => replyOf(`${lines.join('\n')}\n`);

const HEADER = '2002-Name       Proto      Table      State  Since         Info';

/** A session of an eBGP neighbour with two families. @param more what this version says beside the hold timer. */
function session(capabilities: readonly string[], more: readonly string[]): string[] {
  return [
    '   BGP state:          Established',
    '     Neighbor address: 198.51.100.1',
    '     Neighbor AS:      64600',
    '     Local AS:         64601',
    '     Neighbor ID:      198.51.100.1',
    '     Local capabilities',
    '       Multiprotocol',
    '         AF announced: ipv4 ipv6',
    '       Route refresh',
    '       4-octet AS numbers',
    '     Neighbor capabilities',
    ...capabilities.map((capability) => `       ${capability}`),
    '     Session:          external AS4',
    '     Source address:   198.51.100.2',
    '     Hold timer:       23.293/30',
    '     Keepalive timer:  7.490/10',
    ...more,
  ];
}

/** A channel as 3.3.2 prints it: with two more states, and two more columns of counters. */
function channelOf3(name: string, routes: string): string[] {
  return [
    `   Channel ${name}`,
    '     State:          UP',
    '     Import state:   UP',
    '     Export state:   READY',
    '     Table:          master4',
    '     Preference:     100',
    '     Input filter:   ACCEPT',
    '     Output filter:  flock_out4',
    `     Routes:         ${routes}`,
    '     Route change stats:     received   rejected   filtered    ignored   RX limit      limit   accepted',
    '       Import updates:              2          0          0          0          0          0          2',
    '       Import withdraws:            0          0        ---          0        ---        ---          0',
    '       Export updates:              7          2          1          0        ---          0          2',
    '       Export withdraws:            0        ---        ---          0        ---        ---          0',
    '     BGP Next hop:   2001:db8::2 fe80::9c6b:37ff:fe8b:3821',
    '     Pending 0 attribute sets with total 0 prefixes to send',
  ];
}

describe('the answers of BIRD 2.19.2', () => {
  it('have a timer more in a session', () => {
    const text = reply(
      HEADER,
      '1002-tor        BGP        ---        up     23:55:14.077  Established   ',
      ...session(['Route refresh', 'Enhanced refresh'], ['     Send hold timer:  56.799/60']).map((line, index) =>
        index === 0 ? `1006-${line.slice(1)}` : line,
      ),
      '   Channel ipv4',
      '     State:          UP',
      '     Table:          master4',
      '     Routes:         2 imported, 3 exported, 2 preferred',
      ' ',
      '0000 ',
    );
    expect(parseProtocols('show protocols all', text)).toMatchObject([
      {
        name: 'tor',
        info: 'Established',
        bgp: { state: 'Established', holdTimer: '23.293/30', neighborAs: 64600, routeRefresh: true },
        channels: [{ name: 'ipv4', imported: 2, exported: 3, preferred: 2 }],
      },
    ]);
  });
});

describe('the answers of BIRD 3.3.2', () => {
  const protocols = reply(
    HEADER,
    '1002-device1    Device     ---        up     23:55:13.058  ',
    '1006-  Created:            23:55:13.058',
    ' ',
    '1002-flock_announce4 Static     master4    up     23:55:13.066  ',
    '1006-  Created:            23:55:13.066',
    ...channelOf3('ipv4', '2 imported, 0 exported, 2 preferred'),
    ' ',
    '1002-tor        BGP        ---        up     23:55:14.077  Established   ',
    '1006-  Created:            23:55:13.066',
    ...session(
      ['Multiprotocol', '  AF announced: ipv4 ipv6', '4-octet AS numbers'],
      ['     TX pending:       0 bytes'],
    ),
    ...channelOf3('ipv4', '2 imported, 0 filtered, 2 exported, 2 preferred'),
    ...channelOf3('ipv6', '0 imported, 1 exported, 0 preferred'),
    ' ',
    '1002-tor2       BGP        ---        start  23:55:13.066  Connect       Socket: No route to host',
    '1006-  Created:            23:55:13.066',
    '   BGP state:          Connect',
    '     Neighbor address: 198.51.100.9',
    '     Neighbor AS:      64609',
    '     Last error:       Socket: No route to host',
    '   Channel ipv4',
    '     State:          DOWN',
    '     Import state:   DOWN',
    '     Export state:   DOWN',
    ' ',
    '0000 ',
  );

  it('have a first line in every protocol, and more in each channel', () => {
    expect(parseProtocols('show protocols all', protocols)).toMatchObject([
      { name: 'device1', channels: [], bgp: undefined },
      { name: 'flock_announce4', table: 'master4', channels: [{ imported: 2, exported: 0 }] },
      {
        name: 'tor',
        channels: [
          { name: 'ipv4', state: 'UP', imported: 2, filtered: 0, exported: 2, exportFilter: 'flock_out4' },
          { name: 'ipv6', imported: 0, filtered: undefined, exported: 1 },
        ],
      },
      { name: 'tor2', state: 'start', bgp: { lastError: 'Socket: No route to host' }, channels: [{ state: 'DOWN' }] },
    ]);
  });

  it("tell the neighbour's abilities from our own, and of none without a session", () => {
    const known = parseProtocols('show protocols all', protocols).map(({ name, bgp }) => [name, bgp?.routeRefresh]);
    expect(Object.fromEntries(known)).toEqual({
      device1: undefined,
      flock_announce4: undefined,
      tor: false,
      tor2: undefined,
    });
  });

  it('have other names for attributes, and an empty line before the second table', () => {
    const routes = parseRoutes(
      'show route all',
      reply(
        '1007-Table master4:',
        ' 0.0.0.0/0            unicast [tor 23:55:14.077] * (100) [AS64600i]',
        ' \tvia 198.51.100.1 on eth0',
        '1012-\tpreference: 100',
        ' \tfrom: 198.51.100.1',
        ' \tsource: BGP',
        ' \tbgp_origin: IGP',
        ' \tbgp_path: 64600 64700',
        ' \tbgp_next_hop: 198.51.100.1',
        ' \tbgp_med: 50',
        ' \tbgp_community: (64600,1) (64600,2)',
        ' \tbgp_large_community: (64600, 1, 2)',
        ' \tbgp_local_pref: 100',
        '1008-\tInternal route handling values: 0L 3G 0S id 3',
        '1007-',
        ' Table master6:',
        ' 2001:db8:a::1/128    unicast [flock_announce6 23:55:13.066 from 198.51.100.2] * (200)',
        ' \tdev flock0a1b2c3d',
        ' \tdev flock4e5f6a7b weight 2',
        '1012-\tpreference: 200',
        ' \tsource: static',
        '0000 ',
      ),
    );
    expect(routes).toMatchObject([
      { network: '0.0.0.0/0', protocol: 'tor', primary: true, preference: 100, nextHops: [{ via: '198.51.100.1' }] },
      {
        network: '2001:db8:a::1/128',
        protocol: 'flock_announce6',
        nextHops: [{ interface: 'flock0a1b2c3d' }, { interface: 'flock4e5f6a7b', weight: 2 }],
      },
    ]);
    expect(Object.fromEntries(routes[0]?.attributes ?? [])).toEqual({
      preference: '100',
      from: '198.51.100.1',
      source: 'BGP',
      'BGP.origin': 'IGP',
      'BGP.as_path': '64600 64700',
      'BGP.next_hop': '198.51.100.1',
      'BGP.med': '50',
      'BGP.community': '(64600,1) (64600,2)',
      'BGP.large_community': '(64600, 1, 2)',
      'BGP.local_pref': '100',
    });
  });

  it('refuse the routes for a session that is down in other words but with the same code', () => {
    const words = "9001 Requested 'show route export' to protocols which aren't accepting exports at all.";
    for (const line of [words, '9001 No valid tables']) {
      expect(() => parseRoutes("show route export 'tor2'", reply(line))).toThrow(
        expect.objectContaining({ kind: 'refused', code: 9001 }),
      );
    }
  });

  it('have the same counts, status and timer', () => {
    const count = reply(
      '1007-2 of 5 routes for 5 networks in table master4',
      ' 0 of 1 routes for 1 networks in table master6',
      '0014 Total: 2 of 6 routes for 6 networks in 2 tables',
    );
    expect(parseRouteCount('show route count', count)).toBe(2);
    const status = reply(
      '1000-BIRD 3.3.2',
      '1011-Router ID is 198.51.100.2',
      ' Hostname is node1',
      ' Current server time is 2026-11-23 23:55:24.022',
      ' Last reboot on 2026-11-23 23:55:13.066',
      ' Last reconfiguration on 2026-11-23 23:55:13.066',
      '0013 Daemon is up and running',
    );
    expect(parseStatus('show status', status)).toMatchObject({
      version: '3.3.2',
      routerId: '198.51.100.2',
      lastReconfiguration: '2026-11-23 23:55:13.066',
      state: 'running',
    });
    const timer = reply('0003-Daemon is up and running', '0022-Configuration unconfirmed, undo in 29.683 s', '0000 ');
    expect(parseConfigureStatus('configure status', timer)).toEqual({ state: 'idle', undoInSeconds: 29.683 });
  });
});
