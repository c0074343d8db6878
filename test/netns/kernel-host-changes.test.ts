import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openKernel } from '../../src/kernel/kernel.ts';
import type { HostChange, HostInterest, Kernel } from '../../src/kernel/ports.ts';
import { eventually, isRoot, Lab, type Namespace } from '../lab/lab.ts';
import { address } from '../unit/model/fixtures.ts';
import { applied, linkOf } from './kernel-lab.ts';

/** A host with two links: `flock00000001` stands for a pod's, `up0` for the host's own. */
interface World extends AsyncDisposable {
  readonly host: Namespace;
  readonly kernel: Kernel;
  readonly pod: number;
  readonly uplink: number;
  /** Carries commands of `ip` out, and waits for what is told of them. */
  told(...commands: string[]): Promise<string>;
}

async function openWorld(purpose: string): Promise<World> {
  const lab = await Lab.create(purpose);
  const host = await lab.namespace('host');
  const ip = (command: string) => host.exec(command.split(' '));
  for (const [name, peer] of [
    ['flock00000001', 'p1'],
    ['up0', 'p0'],
    ['mark0', 'm0'],
  ] as const) {
    await ip(`ip link add ${name} type veth peer name ${peer}`);
    for (const end of [name, peer]) await ip(`ip link set ${end} addrgenmode none up`);
  }
  await ip('ip address add 10.9.0.1/24 dev up0');
  const kernel = openKernel({ hostNamespace: host.path });
  const pod = (await linkOf(kernel.host, 'flock00000001')).index;
  const uplink = (await linkOf(kernel.host, 'up0')).index;
  const marker = (await linkOf(kernel.host, 'mark0')).index;
  const interest: HostInterest = {
    protocol: 202,
    kindOf: (index) => (index === pod || index === marker ? 'pod' : index === uplink ? 'host' : undefined),
    ownerOf: (own) => (own === '10.1.1.2' ? pod : /^(192\.0\.2\.|2001:db8:ffff:)/.test(own) ? 'claim' : undefined),
  };
  const calls: HostChange[] = [];
  kernel.onHostChange(interest, (change) => calls.push(change));
  let marks = 0;
  /** Waits until a change is told of that comes after all that was before it. */
  async function mark(): Promise<void> {
    const before = calls.length;
    marks += 1;
    await ip(`sysctl -qw net.ipv4.conf.mark0.proxy_arp=${marks % 2}`);
    await eventually(() => calls.slice(before).some(({ ends }) => ends.has(marker)), 'the mark is told of');
  }
  return {
    ...{ host, kernel, pod, uplink },
    async told(...commands) {
      await mark();
      calls.length = 0;
      for (const command of commands) await ip(command);
      await mark();
      const words = new Set<string>();
      for (const { ends, ...rest } of calls) {
        for (const [key, value] of Object.entries(rest)) if (value === true) words.add(key);
        for (const index of ends) if (index !== marker) words.add(`end ${index === pod ? 'pod' : index}`);
      }
      return [...words].sort().join(', ');
    },
    [Symbol.asyncDispose]: async () => {
      kernel.close();
      await lab[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!isRoot)('changes of the host (needs root)', () => {
  it('are told of where they concern pods', async () => {
    await using world = await openWorld('host-changes');
    const { told } = world;
    expect(await told('ip route add 192.0.2.7/32 via 10.9.0.2 proto 202')).toBe('routes');
    expect(await told('ip route replace 192.0.2.7/32 via 10.9.0.3 proto static')).toBe('routes');
    expect(await told('ip route flush proto static')).toBe('routes');
    expect(await told('ip route add 10.1.1.2/32 dev flock00000001 proto 202')).toBe('end pod, routes');
    expect(await told('ip nexthop add id 211812352 dev up0 via 10.9.0.2')).toBe('routes');
    expect(await told('ip nexthop flush')).toBe('routes');
    expect(await told('ip route add 198.18.0.0/16 dev up0')).toBe('host');
    expect(await told('ip route add default via 10.9.0.2')).toBe('host');
    expect(await told('ip -6 address add fe80::1/64 dev flock00000001 nodad')).toBe('end pod');
    expect(await told('ip -6 address add 2001:db8::1/64 dev up0 nodad')).toContain('host');
    expect(await told('ip neigh replace 10.1.1.2 lladdr 02:00:00:00:00:01 dev flock00000001')).toBe('end pod');
    expect(await told('ip neigh del 10.1.1.2 dev flock00000001')).toBe('end pod');
    expect(await told('sysctl -qw net.ipv4.conf.flock00000001.proxy_arp=1')).toBe('end pod');
    expect(await told('sysctl -qw net.ipv6.conf.flock00000001.forwarding=1')).toBe('end pod');
    expect(await told('sysctl -qw net.ipv4.ip_forward=1')).toBe('end pod, sysctls');
    expect(await told('ip link set flock00000001 address 02:00:00:00:00:77')).toBe('links');
    expect(await told('ip -6 address flush dev flock00000001')).toBe('end pod, routes');
  });

  it('are not told of where they do not, nor where flockd has made them itself', async () => {
    await using world = await openWorld('host-silence');
    const { told, kernel } = world;
    expect(
      await told(
        'ip route add 198.51.100.7/32 via 10.9.0.2',
        'ip route add 198.51.100.0/25 via 10.9.0.2 proto bird',
        'ip route add 198.51.101.0/24 dev up0 proto bird',
        'ip route add blackhole 198.51.102.0/24',
        'ip route add 192.0.2.9/32 via 10.9.0.2 table 77',
        'ip nexthop add id 7 dev up0 via 10.9.0.2',
        'ip route add 198.51.103.0/24 nhid 7',
        'ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 dev up0',
      ),
    ).toBe('');
    const destination = { family: 4, network: address('192.0.2.8'), length: 32 } as const;
    await applied(kernel.host, [
      { kind: 'replaceRoute', destination, linkIndex: world.uplink, gateway: address('10.9.0.2'), protocol: 202 },
    ]);
    expect(await told()).toBe('');
  });

  it('are told of as lost when the kernel had to drop some', async () => {
    await using world = await openWorld('host-overrun');
    let lost = false;
    world.kernel.onHostChange({ protocol: 202, kindOf: () => undefined, ownerOf: () => undefined }, (change) => {
      lost ||= change.lost;
    });
    // Synchronous: nothing is read meanwhile, and so many messages do not fit the buffer.
    const commands = Array.from({ length: 8_000 }, (_, i) => `route add 30.${i >> 8}.${i & 255}.1/32 via 10.9.0.2\n`);
    execFileSync('ip', ['-n', world.host.name, '-batch', '-'], { input: commands.join('') });
    await eventually(() => lost, 'the loss is told of');
  });
});

describe.skipIf(!isRoot)('the routes that the kernel takes (needs root)', () => {
  it('are told with their protocol and table', async () => {
    await using world = await openWorld('routes-taken');
    const { host, kernel } = world;
    for (const command of [
      'ip route add 192.0.2.1/32 via 10.9.0.2 proto 202',
      'ip route prepend 192.0.2.1/32 via 10.9.0.3 proto static',
      'ip -6 address add 2001:db8::1/64 dev up0 nodad',
      'ip -6 route add 2001:db8:ffff::1/128 via 2001:db8::2 proto 202 metric 20',
      'ip -6 route add 2001:db8:ffff::1/128 via 2001:db8::3 proto bird metric 5',
      'ip route add 192.0.2.2/32 via 10.9.0.2 proto 202',
      'ip route add default via 10.9.0.9 table 77',
      'ip rule add to 192.0.2.2 table 77',
      'ip route add prohibit 192.0.2.3/32',
    ])
      await host.exec(command.split(' '));
    const asked = ['192.0.2.1', '2001:db8:ffff::1', '192.0.2.2', '192.0.2.3', '203.0.113.1', '10.9.0.1'].map(address);
    const taken = await kernel.host.routesTaken(asked);
    const shown = asked.map((one) => {
      const route = taken.get(one);
      return route === undefined
        ? 'none'
        : `${route.protocol} ${route.table} ${route.destination.length} ${route.local}`;
    });
    // The local table is one of its own as soon as there are rules.
    expect(shown).toEqual(['4 254 32 false', '12 254 128 false', '3 77 0 false', 'none', 'none', '2 255 32 true']);
  });

  it('and the near ones are read alone out of thousands', async () => {
    await using world = await openWorld('near-routes');
    const { host, kernel } = world;
    const far = Array.from({ length: 3_000 }, (_, i) => `route add 30.${i >> 8}.${i & 255}.0/24 via 10.9.0.2\n`);
    execFileSync('ip', ['-n', host.name, '-batch', '-'], { input: far.join('') });
    for (const command of ['ip route add default via 10.9.0.9', 'ip route add 198.18.0.0/16 dev up0'])
      await host.exec(command.split(' '));
    const near = await kernel.host.nearRoutes();
    const shown = near.filter(({ destination }) => destination.family === 4);
    expect(shown.map(({ destination }) => `${destination.network}/${destination.length}`).sort()).toEqual([
      '0.0.0.0/0',
      '10.9.0.0/24',
      '198.18.0.0/16',
    ]);
  });
});

describe.skipIf(!isRoot)('the settings of links (needs root)', () => {
  it('are those of their sysctls, all at once', async () => {
    await using world = await openWorld('link-settings');
    const { host, kernel, pod } = world;
    const settings = async () => (await kernel.host.linkSettings()).get(pod);
    const set = async (...values: string[]) => {
      for (const value of values) await host.exec(['sysctl', '-qw', `net.${value.replace('LINK', 'flock00000001')}`]);
    };
    await set('ipv6.conf.LINK.accept_ra=1', 'ipv4.conf.LINK.accept_redirects=0', 'ipv6.conf.LINK.accept_redirects=0');
    const without = { forwarding4: false, forwarding6: false, proxyArp: false, proxyDelayMs: 800 };
    const guarded = { acceptRa: 1, acceptRedirects4: false, acceptRedirects6: false };
    expect(await settings()).toEqual({ ...without, ...guarded });
    await set('ipv6.conf.LINK.accept_ra=2', 'ipv4.conf.LINK.accept_redirects=1');
    expect(await settings()).toMatchObject({ acceptRa: 2, acceptRedirects4: true, acceptRedirects6: false });
    await set('ipv6.conf.LINK.accept_ra=0', 'ipv6.conf.LINK.accept_redirects=1');
    expect(await settings()).toMatchObject({ acceptRa: 0, acceptRedirects4: true, acceptRedirects6: true });
    await set('ipv4.conf.LINK.forwarding=1', 'ipv6.conf.LINK.forwarding=1');
    expect(await settings()).toMatchObject({ forwarding4: true, forwarding6: true, proxyArp: false });
    await set('ipv4.conf.LINK.proxy_arp=1', 'ipv4.neigh.LINK.proxy_delay=0');
    expect(await settings()).toMatchObject({ forwarding4: true, forwarding6: true, proxyArp: true, proxyDelayMs: 0 });
  });
});

describe.skipIf(!isRoot)('lists of the kernel that are read again (needs root)', () => {
  it('are the same while nothing changes, and the new ones after that', async () => {
    await using world = await openWorld('lists');
    const { host, kernel, pod } = world;
    const lists = async () => [
      await kernel.host.links(),
      await kernel.host.addresses(),
      await kernel.host.neighbours(),
      await kernel.host.nextHops(),
      await kernel.host.linkSettings(),
    ];
    await host.exec('ip neighbour replace 10.9.0.77 lladdr 02:00:00:00:00:77 dev up0 nud permanent'.split(' '));
    const before = await lists();
    // By then each entry is a second older.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const after = await lists();
    for (const [at, list] of before.entries()) expect(after[at], `list ${at}`).toBe(list);
    await host.exec('ip neighbour replace 10.9.0.77 lladdr 02:00:00:00:00:78 dev up0 nud permanent'.split(' '));
    expect((await kernel.host.neighbours()).map(({ mac }) => mac)).toContain('02:00:00:00:00:78');
    await host.exec('ip address add 10.9.0.99/32 dev up0'.split(' '));
    expect((await kernel.host.addresses()).map(({ address }) => address)).toContain('10.9.0.99');
    await host.exec('ip link set flock00000001 mtu 1400'.split(' '));
    expect((await kernel.host.links()).find(({ index }) => index === pod)?.mtu).toBe(1400);
    await host.exec(['sysctl', '-qw', 'net.ipv4.neigh.flock00000001.proxy_delay=8']);
    expect((await kernel.host.linkSettings()).get(pod)?.proxyDelayMs).toBe(80);
    await host.exec(['sysctl', '-qw', 'net.ipv6.conf.flock00000001.accept_ra=2']);
    expect((await kernel.host.linkSettings()).get(pod)?.acceptRa).toBe(2);
  });
});
