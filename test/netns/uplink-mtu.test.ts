import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '../../src/model/address.ts';
import { uplinkMtu } from '../../src/wiring/host/mtu.ts';
import { isRoot } from '../lab/lab.ts';
import { openKernelLab } from './kernel-lab.ts';

const PEER = address('172.31.0.1');
const PEER6 = address('2001:db8:31::1');
/** Three uplinks, of 9000, 8000 and 1400 bytes; the commands of `ip -batch` come behind them. */
const UPLINKS = ['up1 9000', 'up2 8000', 'up3 1400'].flatMap((text, at) => {
  const [name, mtu] = text.split(' ');
  return [
    `link add ${name} mtu ${mtu} type veth peer name far${at} mtu ${mtu}`,
    `link set far${at} up`,
    `address add 10.6${at}.0.1/24 dev ${name}`,
    `address add 2001:db8:6${at}::1/64 dev ${name} nodad`,
    `link set ${name} up`,
  ];
});

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const ECMP4 = 'nexthop via 10.60.0.254 dev up1 nexthop via 10.61.0.254 dev up2';
const ECMP6 = 'nexthop via 2001:db8:60::fe dev up1 nexthop via 2001:db8:61::fe dev up2';
const OBJECTS4 = ['nexthop add id 11 via 10.60.0.254 dev up1', 'nexthop add id 12 via 10.61.0.254 dev up2'];
const OBJECTS6 = ['nexthop add id 11 via 2001:db8:60::fe dev up1', 'nexthop add id 12 via 2001:db8:61::fe dev up2'];
const GROUP = 'nexthop add id 13 group 11/12';

const CASES: [what: string, peers: Address[], commands: string[], bytes: number][] = [
  ['one default route', [], ['route add default via 10.60.0.254'], 9000],
  ['a default route of two next hops', [], [`route add default ${ECMP4}`], 8000],
  ['an IPv6 one', [], [`-6 route add default ${ECMP6}`], 8000],
  ['a default route by next hop object', [], [...OBJECTS4, 'route add default nhid 12'], 8000],
  ['a default route by nexthop group', [], [...OBJECTS4, GROUP, 'route add default nhid 13'], 8000],
  ['an IPv6 one by nexthop group', [], [...OBJECTS6, GROUP, '-6 route add default nhid 13'], 8000],
  ['a peer behind the default route of two next hops', [PEER], [`route add default ${ECMP4}`], 8000],
  ['an IPv6 peer behind it', [PEER6], [`-6 route add default ${ECMP6}`], 8000],
  ['a peer behind a nexthop group', [PEER], [...OBJECTS4, GROUP, 'route add default nhid 13'], 8000],
  ['an IPv6 peer behind a nexthop group', [PEER6], [...OBJECTS6, GROUP, '-6 route add default nhid 13'], 8000],
  ['a connected peer, whatever the default route', [address('10.60.0.9')], [`route add default ${ECMP4}`], 9000],
  ['a peer that has no route, then one that has', [PEER, address('10.62.0.9')], [], 1400],
  [
    'a peer that is refused, and the default route',
    [PEER],
    ['route add blackhole 172.31.0.1', 'route add default via 10.61.0.254'],
    8000,
  ],
  ['a route with an MTU of its own', [], ['route add default via 10.60.0.254 mtu lock 1492'], 1492],
  ['a route whose own MTU is larger than the link has', [], ['route add default via 10.62.0.254 mtu 9000'], 1400],
  ['an address of the host itself as peer', [address('10.60.0.1')], [], 1500],
  ['nothing', [], [], 1500],
];

describe.skipIf(!isRoot)('mtu: auto (needs root)', () => {
  it.each(CASES)('%s', async (_what, peers, commands, bytes) => {
    await using lab = await openKernelLab('mtu');
    await lab.hostNamespace.exec(['ip', '-batch', '-'], { stdin: `${[...UPLINKS, ''].join('\n')}` });
    for (const command of commands) await lab.hostNamespace.exec(['ip', ...command.split(' ')]);
    expect((await uplinkMtu(lab.host, peers, await lab.host.nearRoutes())).bytes).toBe(bytes);
  });
});
