import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot, type Namespace } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { healed, problemsOf, told } from '../problems.ts';
import { failureOf } from './calls.ts';
import { linkOf, sysctl } from './kernel-state.ts';
import { routedWorld } from './nodes.ts';
import { answers, expectFirstPackets } from './packets.ts';

const SHARED = ['192.0.2.70', '2001:db8:ffff::70'];
const OWN = ['192.0.2.71', '2001:db8:ffff::71'];

/**
 * What somebody does to the host of wired pods by hand while flockd runs. DEVICE, IP4 and IP6 are a pod's, OTHERDEV and
 * OTHER4 those of another pod that shares an address with it, GROUP is the next hop object of that address.
 */
describe.skipIf(!isRoot)('A host that is altered while flockd runs (needs root)', () => {
  const world = routedWorld('host-altered');
  let pod: LabPod;
  let other: LabPod;
  let whole: string;

  const host = (): Namespace => world().node.namespace;
  const deviceOf = (of: LabPod): string => of.result.interfaces[0]?.name ?? '';

  beforeAll(async () => {
    const { node } = world();
    pod = await node.runPod({ name: 'web', annotations: { anycast: [...SHARED, ...OWN].join() }, ready: true });
    other = await node.runPod({ name: 'twin', annotations: { anycast: SHARED.join() }, ready: true });
    for (const claim of [...SHARED, ...OWN]) await announced(claim, 1);
    await eventually(async () => (await routes()).split('nexthop via').length === 5, 'groups of two in both families');
    whole = await state();
  });

  async function announced(claim: string, paths: number): Promise<void> {
    const { router } = world();
    await eventually(async () => (await router.nextHops(claim)).length === paths, `${paths} paths to ${claim}`);
  }

  /** Our routes, in an order that says nothing; next hop objects made anew have other numbers. */
  async function routes(): Promise<string> {
    const shown = [4, 6].map((family) => host().exec(['ip', `-${family}`, 'route', 'show', 'proto', '202']));
    return (await Promise.all(shown)).map(({ stdout }) => stdout.replace(/nhid \d+ /g, '')).join('');
  }

  async function state(): Promise<string> {
    const lines = (await routes()).split('\n').map((line) => line.trim());
    const { address, mtu, ifalias, master, flags, addr_info } = await linkOf(host(), deviceOf(pod));
    const settings = await Promise.all(
      ['ipv4/conf/DEVICE/proxy_arp', 'ipv4/conf/DEVICE/forwarding', 'ipv6/conf/DEVICE/forwarding', 'ipv4/ip_forward']
        .concat('ipv6/conf/all/forwarding', 'ipv4/conf/uplink0/forwarding', 'ipv6/conf/DEVICE/disable_ipv6')
        .concat('ipv4/fib_multipath_hash_policy', 'ipv6/fib_multipath_hash_policy')
        .map((path) => sysctl(host(), `net/${path.replace('DEVICE', deviceOf(pod))}`)),
    );
    const own = addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`).sort();
    return JSON.stringify([lines.sort(), { address, mtu, ifalias, master, flags, own }, settings]);
  }

  async function spelled(command: string): Promise<string[]> {
    const group = /nhid (\d+)/.exec((await host().exec(['ip', 'route', 'show', SHARED[0] ?? ''])).stdout)?.[1] ?? '';
    const leaf = String(Number(group) - 1);
    return command
      .replaceAll('OTHERDEV', deviceOf(other))
      .replaceAll('OTHER4', other.ip4 ?? '')
      .replaceAll('DEVICE', deviceOf(pod))
      .replaceAll('IP4', pod.ip4 ?? '')
      .replaceAll('IP6', pod.ip6 ?? '')
      .replaceAll('GROUP', group)
      .replaceAll('LEAF', leaf)
      .split(' ');
  }

  it.each([
    ['all routes of ours, IPv4', 'ip route flush proto 202'],
    ['all routes of ours, IPv6', 'ip -6 route flush proto 202'],
    ['all next hop objects', 'ip nexthop flush'],
    ['the next hops under our id', 'ip nexthop replace id GROUP group LEAF'],
    ['one route to a claim', 'ip route del 192.0.2.71'],
    [
      'a route to a claim that leads to another pod',
      'ip route replace 192.0.2.71 via OTHER4 dev OTHERDEV onlink proto 202',
    ],
    ['the route to a pod', 'ip route del IP4'],
    ['the route to a pod, IPv6', 'ip -6 route del IP6'],
    ['another program’s route in its place', 'ip route replace IP4 dev uplink0'],
    ['the addresses of the host’s end', 'ip address flush dev DEVICE'],
    [
      'an IPv4 address that came and went with all routes',
      'ip address add 10.77.0.1/32 dev DEVICE',
      'ip address del 10.77.0.1/32 dev DEVICE',
    ],
    ['the MAC of the host’s end', 'ip link set DEVICE address 02:00:00:00:00:99'],
    ['its alias', 'ip link set DEVICE alias nobody'],
    ['its MTU', 'ip link set DEVICE mtu 1400'],
    ['ARP of the host’s end', 'ip link set DEVICE arp off'],
    ['a port of a bridge', 'ip link add br9 type bridge', 'ip link set br9 up', 'ip link set DEVICE master br9'],
    ['the host’s end was down', 'ip link set DEVICE down', 'ip link set DEVICE up'],
    ['proxy_arp', 'sysctl -qw net.ipv4.conf.DEVICE.proxy_arp=0'],
    ['forwarding of the host’s end', 'sysctl -qw net.ipv4.conf.DEVICE.forwarding=0'],
    ['forwarding of the host’s end, IPv6', 'sysctl -qw net.ipv6.conf.DEVICE.forwarding=0'],
    ['IPv6 of the host’s end', 'sysctl -qw net.ipv6.conf.DEVICE.disable_ipv6=1'],
    ['forwarding of the host', 'sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0'],
    ['forwarding of the uplink', 'sysctl -qw net.ipv4.conf.uplink0.forwarding=0'],
    [
      'the hash of next hop groups',
      'sysctl -qw net.ipv4.fib_multipath_hash_policy=0 net.ipv6.fib_multipath_hash_policy=0',
    ],
  ])('is put right, and nothing is withdrawn: %s', async (_what, ...commands) => {
    const { node, router } = world();
    // `ip route flush` of Debian 12 ends with an error at routes by next hop object, after the others are gone.
    for (const command of commands) await host().exec(await spelled(command), { allowFailure: true });
    await eventually(async () => (await state()) === whole, 'all is as it was');
    await node.check(pod.request, pod.result);
    await expectFirstPackets(router.namespace, ...SHARED, ...OWN, pod.ip4, pod.ip6);
    expect(await node.daemon.stderr()).not.toMatch(/defect/);
  });

  it('an uplink that comes later takes router advertisements although the host forwards', async () => {
    await host().exec(['ip', 'link', 'add', 'late0', 'type', 'veth', 'peer', 'name', 'late1']);
    await eventually(async () => (await sysctl(host(), 'net/ipv6/conf/late0/accept_ra')) === '2', 'it takes them');
    await host().exec(['ip', 'link', 'del', 'late0']);
  });

  it('a pod whose eth0 was down for a moment is a next hop of its group again when ADD has put it right', async () => {
    for (const change of ['down', 'up']) await other.namespace.exec(['ip', 'link', 'set', 'eth0', change]);
    await told(world().node, 'podAltered', deviceOf(other));
    await world().node.add(other.request);
    await eventually(async () => (await routes()).split(`via ${other.ip4} `).length > 1, 'it is a next hop again');
    await eventually(async () => (await routes()).split('nexthop via').length === 5, 'groups of two in both families');
  });

  it.each([
    [
      'in the place of ours',
      'ip route replace 192.0.2.71 dev uplink0 proto static',
      'ip route del 192.0.2.71 proto static',
    ],
    ['before ours', 'ip route prepend 192.0.2.71 dev uplink0 proto static', 'ip route del 192.0.2.71 proto static'],
    [
      'with a better metric',
      'ip -6 route add 2001:db8:ffff::71 dev uplink0 metric 1 proto static',
      'ip -6 route del 2001:db8:ffff::71 metric 1',
    ],
    ['by a rule', 'ip rule add to 192.0.2.71 table 77', 'ip rule del to 192.0.2.71'],
  ])('another program’s way to a claim is not fought: the address is withdrawn, %s', async (_where, come, go) => {
    const { node } = world();
    const claim = come.includes('2001') ? '2001:db8:ffff::71' : '192.0.2.71';
    await host().exec(['ip', 'route', 'replace', 'default', 'dev', 'uplink0', 'proto', 'static', 'table', '77']);
    await host().exec(come.split(' '));
    await told(node, 'routeFailed', claim, 'uplink0', 'protocol static');
    await announced(claim, 0);
    const shown = (await node.flockctlJson('addresses')) as { address: string; state: string; reason: string }[];
    expect(shown.find(({ address }) => address === claim)).toMatchObject({ state: 'withheld', reason: 'routeFailed' });
    expect((await failureOf(node.check(pod.request, pod.result))).message).toContain(claim);
    await host().exec(go.split(' '));
    await announced(claim, 1);
    await healed(node);
  });

  it.skipIf(spawnSync('nft', ['--version']).error !== undefined)(
    'a packet filter that drops what goes to pods is told of, and fails CHECK',
    async () => {
      const { node, router } = world();
      await host().exec([
        'nft',
        'add table inet t; add chain inet t f { type filter hook forward priority 0; policy drop; }',
      ]);
      await told(node, 'forwardDropped', 'inet t f', deviceOf(pod));
      expect(await answers(router.namespace, OWN[0] ?? '')).toBe(false);
      expect((await failureOf(node.check(pod.request, pod.result))).message).toContain('"inet t f"');
      await host().exec([
        'nft',
        'add rule inet t f oifname "flock*" accept; add rule inet t f iifname "flock*" accept',
      ]);
      await healed(node);
      await node.check(pod.request, pod.result);
      await expectFirstPackets(router.namespace, ...OWN);
    },
  );

  it('forwarding that something goes on switching off is a problem', async () => {
    const { node } = world();
    await eventually(
      async () => {
        await host().exec(['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
        return (await problemsOf(node)).some(({ code }) => code === 'forwardingOff');
      },
      'it is told of',
      20_000,
    );
  });
});
