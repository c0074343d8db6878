import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/model/address.ts';
import { mendHost } from '../../src/wiring/mend.ts';
import { observeHost } from '../../src/wiring/observe.ts';
import type { PodWiring } from '../../src/wiring/pod-wiring.ts';
import { wire } from '../../src/wiring/wire.ts';
import { isRoot } from '../lab/lab.ts';
import { type KernelLab, openKernelLab } from './kernel-lab.ts';

const WIRING: PodWiring = {
  hostInterface: 'flock0badcafe',
  podInterface: 'eth0',
  hostMac: '02:00:00:00:00:0a',
  podMac: '02:00:00:00:00:0b',
  podMacKnown: true,
  mtu: 1500,
  alias: 'flock web eth0 default/web',
  ip6: parseAddress('2001:db8:1:1::7'),
  ip4: parseAddress('10.1.1.7'),
  anycast: [],
  addresses: [],
  routeProtocol: 202,
};

const DEVICE = WIRING.hostInterface;

/** What was done to the host's end, as shell commands. */
const DAMAGES: [what: string, script: string][] = [
  ['the MTU below what IPv6 needs', `ip link set ${DEVICE} mtu 1200`],
  ['the same, and the MTU put back by hand', `ip link set ${DEVICE} mtu 1200; ip link set ${DEVICE} mtu 1500`],
  ['the same, and another MTU', `ip link set ${DEVICE} mtu 1200; ip link set ${DEVICE} mtu 1400`],
  ['IPv6 switched off', `echo 1 > /proc/sys/net/ipv6/conf/${DEVICE}/disable_ipv6`],
  [
    'IPv6 switched off and on',
    `echo 1 > /proc/sys/net/ipv6/conf/${DEVICE}/disable_ipv6; echo 0 > /proc/sys/net/ipv6/conf/${DEVICE}/disable_ipv6`,
  ],
  ['IPv6 switched off, and the MTU', `echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set ${DEVICE} mtu 68`],
  [
    'what the host takes from a pod',
    `for s in ipv6/conf/${DEVICE}/accept_ra ipv4/conf/${DEVICE}/accept_redirects; do echo 1 > /proc/sys/net/$s; done`,
  ],
  ['a bridge', `ip link add br0 type bridge; ip link set ${DEVICE} master br0`],
  ['the MAC', `ip link set ${DEVICE} address 02:00:00:00:00:77`],
  ['down and up', `ip link set ${DEVICE} down; ip link set ${DEVICE} up`],
  ['down', `ip link set ${DEVICE} down`],
  ['down with a small MTU', `ip link set ${DEVICE} down; ip link set ${DEVICE} mtu 1000`],
  ['everything flushed', `ip address flush dev ${DEVICE}; ip route flush proto 202; ip neigh flush nud permanent`],
  [
    'proxy ARP, the alias and link-local addresses',
    `ip link set ${DEVICE} alias x addrgenmode eui64 down; ip link set ${DEVICE} up; echo 0 > /proc/sys/net/ipv4/conf/${DEVICE}/proxy_arp`,
  ],
];

/** The host's end as far as ADD makes it, in lines. */
async function state({ hostNamespace }: KernelLab): Promise<string[]> {
  const script = [
    `ip -o -d link show ${DEVICE} | grep -o 'mtu [0-9]*\\|link/ether [0-9a-f:]*\\|addrgenmode [a-z0-9]*\\|alias.*\\|<[A-Z,_]*>'`,
    `ip -o address show dev ${DEVICE} | sed 's/.*inet/inet/;s/valid_lft.*//'`,
    `ip -4 route show proto 202; ip -6 route show proto 202; ip neigh show dev ${DEVICE} nud permanent`,
    `cd /proc/sys/net; grep -s . ipv4/conf/${DEVICE}/proxy_arp ipv4/neigh/${DEVICE}/proxy_delay ipv[46]/conf/${DEVICE}/forwarding ipv6/conf/${DEVICE}/disable_ipv6 ipv6/conf/${DEVICE}/accept_ra ipv[46]/conf/${DEVICE}/accept_redirects`,
  ].join('\n');
  return (await hostNamespace.exec(['sh', '-c', script])).stdout.split('\n');
}

describe.skipIf(!isRoot)("the host's end of a pod is put right (needs root)", () => {
  it.each(DAMAGES)('in the order of what depends on what: %s', async (_what, script) => {
    await using lab = await openKernelLab('mend');
    await wire(lab.kernel, lab.podNamespace.path, WIRING);
    const right = await state(lab);
    expect(right.filter((line) => line.includes(' PERMANENT'))).toHaveLength(2);
    await lab.hostNamespace.exec(['sh', '-c', script]);
    const wrong = await mendHost(lab.host, WIRING, await observeHost(lab.host, WIRING, 'existing'));
    expect(wrong).not.toEqual([]);
    expect(await state(lab)).toEqual(right);
    // Nothing is left for a second look.
    expect(await mendHost(lab.host, WIRING, await observeHost(lab.host, WIRING, 'existing'))).toEqual([]);
  });

  it('a pod without IPv6 has none on the host, and one that is there from an older flockd stays', async () => {
    await using lab = await openKernelLab('mend-ipv4');
    const wiring = { ...WIRING, ip6: undefined, mtu: 1000 };
    await wire(lab.kernel, lab.podNamespace.path, wiring);
    expect((await lab.host.addresses((await lab.host.link(DEVICE))?.index)).map(({ address }) => address)).toEqual([]);
    await lab.hostNamespace.exec(['ip', 'link', 'set', DEVICE, 'mtu', '1400']);
    await lab.hostNamespace.exec(['ip', 'address', 'add', 'fe80::1/64', 'dev', DEVICE]);
    const usual = { ...wiring, mtu: 1400 };
    expect(await mendHost(lab.host, usual, await observeHost(lab.host, usual, 'existing'))).toEqual([
      `${DEVICE} generates link-local addresses`,
      expect.stringMatching(/accept_ra on the host is \d, not 0$/),
      expect.stringMatching(/ipv6.*accept_redirects on the host is 1, not 0$/),
      expect.stringContaining(`${DEVICE} has the link-local address fe80::`),
    ]);
    const addresses = await lab.host.addresses((await lab.host.link(DEVICE))?.index);
    expect(addresses.map(({ address }) => address)).toEqual(['fe80::1']);
  });

  it('a MAC that is only guessed makes no neighbour', async () => {
    await using lab = await openKernelLab('mend-guessed');
    const guessed = { ...WIRING, podMacKnown: false };
    await wire(lab.kernel, lab.podNamespace.path, guessed);
    expect((await lab.host.neighbours()).filter(({ permanent }) => permanent)).toEqual([]);
  });
});
