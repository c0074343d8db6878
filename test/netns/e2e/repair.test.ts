import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, isRoot, type Namespace } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { failureOf } from './calls.ts';
import { addressesOf, ip, linkOf, routesOf, type ShownLink, setSysctl } from './kernel-state.ts';
import { lonelyWorld } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

const ANNOTATIONS = { anycast: '192.0.2.20,2001:db8:ffff::20', addresses: '192.0.2.21,2001:db8:ffff::21' };
const CLAIMS = Object.values(ANNOTATIONS).flatMap((list) => list.split(','));

/** What somebody breaks by hand, where, and what CHECK must name. DEVICE, IP4 and IP6 stand for the pod's, OTHERDEV
 * and OTHER4 for a neighbour's. */
const DAMAGES: [what: string, where: 'host' | 'pod', commands: string[], named: RegExp][] = [
  ["the host's end is down", 'host', ['link set DEVICE down'], /DEVICE is down/],
  ["the host's MAC", 'host', ['link set DEVICE address 02:00:00:00:00:01'], /DEVICE has MAC 02:00:00:00:00:01/],
  ["the host's MTU", 'host', ['link set DEVICE mtu 1400'], /DEVICE has MTU 1400/],
  ["the host's MTU below what IPv6 needs", 'host', ['link set DEVICE mtu 1000'], /DEVICE has MTU 1000/],
  ['the alias', 'host', ['link set DEVICE alias nobody'], /DEVICE.*alias/],
  ['no alias', 'host', ['link set DEVICE alias EMPTY'], /DEVICE.*alias/],
  ['fe80::1', 'host', ['address del fe80::1/64 dev DEVICE'], /DEVICE lacks the address fe80::1\/64/],
  ['a second link-local address', 'host', ['address add fe80::2/64 dev DEVICE'], /link-local address fe80::2/],
  ['the kernel makes link-local addresses', 'host', ['link set DEVICE addrgenmode eui64'], /generates link-local/],
  ['the IPv4 device route', 'host', ['route del IP4/32 dev DEVICE'], /route IP4\/32 .*missing/],
  ['the IPv6 device route', 'host', ['-6 route del IP6/128 dev DEVICE'], /route IP6\/128 .*missing/],
  ['the IPv4 route to a claim', 'host', ['route del 192.0.2.20'], /no route to 192\.0\.2\.20\/32 via IP4/],
  [
    'the IPv6 route to a claim',
    'host',
    ['-6 route del 2001:db8:ffff::21'],
    /no route to 2001:db8:ffff::21\/128 via IP6/,
  ],
  [
    'a route to a claim that leads elsewhere',
    'host',
    ['route replace 192.0.2.21 via OTHER4 dev OTHERDEV onlink proto 202'],
    /no route to 192\.0\.2\.21\/32 via IP4/,
  ],
  [
    'IPv4 device route of global scope',
    'host',
    ['route replace IP4/32 dev DEVICE proto 202 scope global'],
    /route IP4\/32/,
  ],
  ["the pod's end is down", 'pod', ['link set eth0 down'], /eth0 in the pod is down/],
  ["the pod's loopback is down", 'pod', ['link set lo down'], /lo in the pod is down/],
  ["the pod's MAC", 'pod', ['link set eth0 address 02:00:00:00:00:02'], /eth0 in the pod has MAC 02:00:00:00:00:02/],
  ["the pod's MTU", 'pod', ['link set eth0 mtu 1400'], /eth0 in the pod has MTU 1400/],
  ["the pod's MTU below what IPv6 needs", 'pod', ['link set eth0 mtu 1000'], /eth0 in the pod has MTU 1000/],
  ["the pod's IPv4 address", 'pod', ['address del IP4/32 dev eth0'], /eth0 lacks the address IP4\/32/],
  ["the pod's IPv6 address", 'pod', ['address del IP6/128 dev eth0'], /eth0 lacks the address IP6\/128/],
  [
    'every address of the pod',
    'pod',
    ['address flush dev eth0'],
    /lacks the address IP6\/128.*lacks the address IP4\/32/,
  ],
  ['an IPv4 address', 'pod', ['address del 192.0.2.21/32 dev eth0'], /eth0 lacks the address 192.0.2.21\/32/],
  [
    'an IPv6 address',
    'pod',
    ['address del 2001:db8:ffff::21/128 dev eth0'],
    /lacks the address 2001:db8:ffff::21\/128/,
  ],
  ['an IPv4 anycast address', 'pod', ['address del 192.0.2.20/32 dev lo'], /lo lacks the address 192.0.2.20\/32/],
  [
    'an IPv6 anycast address',
    'pod',
    ['address del 2001:db8:ffff::20/128 dev lo'],
    /lo lacks the address 2001:db8:ffff::20\/128/,
  ],
  ['the IPv4 default route', 'pod', ['route del default'], /route 0\.0\.0\.0\/0 via 169\.254\.1\.1 .*missing/],
  ['the IPv6 default route', 'pod', ['-6 route del default'], /route ::\/0 via fe80::1 .*missing/],
  ['a default route elsewhere', 'pod', ['route replace default dev eth0'], /route 0\.0\.0\.0\/0 via 169\.254\.1\.1/],
  ['the route to the gateway', 'pod', ['route del 169.254.1.1'], /route 169\.254\.1\.1\/32 .*missing/],
  ['the IPv4 neighbour', 'pod', ['neigh del 169.254.1.1 dev eth0'], /neighbour entry for 169\.254\.1\.1/],
  ['the IPv6 neighbour', 'pod', ['neigh del fe80::1 dev eth0'], /neighbour entry for fe80::1/],
  [
    'another neighbour',
    'pod',
    ['neigh replace fe80::1 lladdr 02:00:00:00:00:03 dev eth0'],
    /neighbour entry for fe80::1/,
  ],
  ["the host's end is gone", 'host', ['link del DEVICE'], /DEVICE does not exist/],
  ["the pod's end is gone", 'pod', ['link del eth0'], /eth0 does not exist in the pod/],
  ["the pod's end bears another name", 'pod', ['link set eth0 down', 'link set eth0 name eth7'], /eth0 does not exist/],
];

/** The words of an `ip` command; EMPTY stands for an empty one. */
function words(command: string): string[] {
  return command.split(' ').map((word) => (word === 'EMPTY' ? '' : word));
}

const SYSCTLS: [where: 'host' | 'pod', path: string, value: string][] = [
  ['host', 'net/ipv4/conf/DEVICE/proxy_arp', '0'],
  ['host', 'net/ipv4/conf/DEVICE/forwarding', '0'],
  ['host', 'net/ipv6/conf/DEVICE/forwarding', '0'],
  ['host', 'net/ipv4/neigh/DEVICE/proxy_delay', '80'],
  ['host', 'net/ipv6/conf/DEVICE/disable_ipv6', '1'],
  ['pod', 'net/ipv6/conf/eth0/disable_ipv6', '1'],
  ['pod', 'net/ipv6/conf/lo/disable_ipv6', '1'],
];

/** One end of the veth, or the loopback, as far as it must be the same again. */
function shownEnd(link: ShownLink, addresses: string[]): object {
  const { ifname, address: mac, mtu, ifalias, flags } = link;
  return { ifname, mac, mtu, ifalias, addresses, up: flags.includes('UP'), lowerUp: flags.includes('LOWER_UP') };
}

describe.skipIf(!isRoot)('Every step is idempotent (needs root)', () => {
  const world = lonelyWorld('repair');
  let neighbour: LabPod;
  let pod: LabPod;
  let device: string;
  let whole: unknown;
  let pods = 0;

  beforeAll(async () => {
    neighbour = await world().node.runPod({ name: 'neighbour' });
  });
  beforeEach(async () => {
    pods += 1;
    pod = await world().node.runPod({ name: `web${pods}`, annotations: ANNOTATIONS });
    device = pod.result.interfaces[0]?.name ?? '';
    await eventually(claimsRouted, 'the host routes the claims');
    whole = await state();
  });
  afterEach(() => world().node.endPod(pod));

  const spelled = (text: string): string =>
    text
      .replaceAll('DEVICE', device)
      .replaceAll('OTHERDEV', neighbour.result.interfaces[0]?.name ?? '')
      .replaceAll('OTHER4', neighbour.ip4 ?? '')
      .replaceAll('IP4', pod.ip4 ?? '')
      .replaceAll('IP6', pod.ip6 ?? '');
  const at = (where: 'host' | 'pod'): Namespace => (where === 'host' ? world().node.namespace : pod.namespace);

  async function claimsRouted(): Promise<boolean> {
    const routes = [...(await routesOf(at('host'), 4)), ...(await routesOf(at('host'), 6))];
    return CLAIMS.every((claim) => routes.some(({ dst }) => dst === claim));
  }

  /**
   * Both ends as they should be, without what changes when a veth is made anew (indices, when carrier is told). A
   * link-local address in the pod is the pod's affair.
   */
  async function state(): Promise<unknown> {
    const [host, eth0, lo] = [
      await linkOf(at('host'), device),
      await linkOf(at('pod'), 'eth0'),
      await linkOf(at('pod'), 'lo'),
    ];
    const permanent = await ip<{ dst: string; lladdr: string }>(at('pod'), 'neigh', 'show', 'nud', 'permanent');
    const podAddresses = addressesOf(eth0).filter((address) => address.endsWith(' global'));
    return {
      links: [shownEnd(host, addressesOf(host)), shownEnd(eth0, podAddresses), shownEnd(lo, addressesOf(lo))],
      host: [await routesOf(at('host'), 4, 'dev', device), await routesOf(at('host'), 6, 'dev', device)],
      pod: [await routesOf(at('pod'), 4), await routesOf(at('pod'), 6)],
      neighbours: permanent.map(({ dst, lladdr }) => `${dst} ${lladdr}`).sort(),
    };
  }

  async function namedAndRepaired(named: RegExp): Promise<void> {
    const { node } = world();
    const failure = await failureOf(node.check(pod.request, pod.result));
    expect(failure.code).toBe(105);
    expect(failure.message).toMatch(new RegExp(spelled(named.source)));
    expect(failure.message).toContain(`default/${pod.spec.name}`);
    expect(await node.add(pod.request)).toEqual(pod.result);
    await node.check(pod.request, pod.result);
    expect(await state()).toEqual(whole);
    await expectFirstPackets(neighbour.namespace, pod.ip4, pod.ip6, ...CLAIMS);
    await expectFirstPackets(pod.namespace, neighbour.ip4, neighbour.ip6);
  }

  it('what exists and is right stays: CHECK has nothing to say of it, and ADD changes nothing', async () => {
    const { node } = world();
    await node.check(pod.request, pod.result);
    const before = (await linkOf(node.namespace, device)).ifindex;
    expect(await node.add(pod.request)).toEqual(pod.result);
    expect((await linkOf(node.namespace, device)).ifindex).toBe(before);
    expect(await state()).toEqual(whole);
  });

  it.each(DAMAGES)(
    'what is wrong is named by CHECK and put right by ADD: %s',
    async (_what, where, commands, named) => {
      for (const command of commands.map(spelled)) await at(where).exec(['ip', ...words(command)]);
      await namedAndRepaired(named);
    },
  );

  it.each(SYSCTLS)(
    'what is wrong is named by CHECK and put right by ADD: %s sysctl %s=%s',
    async (where, path, value) => {
      await setSysctl(at(where), spelled(path), value);
      await namedAndRepaired(new RegExp(`${path} on the ${where} is ${value}`));
    },
  );
});
