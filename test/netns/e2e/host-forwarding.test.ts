import { describe, expect, it } from 'vitest';
import { nodePlan, startFabric } from '../../lab/fabric.ts';
import { eventually, isRoot, Lab, type Namespace } from '../../lab/lab.ts';
import { FlockNode } from '../../lab/node.ts';
import { linkOf, setSysctl, sysctl } from './kernel-state.ts';
import { LONELY, lonelyNode } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

const PLAN = nodePlan(1);

/** A host with an uplink to a peer that is not there; the node that runs on it has that peer in its configuration. */
async function hostWithUplink(lab: Lab, mtu: number): Promise<{ host: Namespace; peer: Namespace }> {
  const [host, peer] = [await lab.namespace('host'), await lab.namespace('peer')];
  await lab.connect(peer, 'down0', host, 'uplink0', { a: PLAN.link.router, b: PLAN.link.node });
  for (const [namespace, name] of [
    [peer, 'down0'],
    [host, 'uplink0'],
  ] as const) {
    await namespace.exec(['ip', 'link', 'set', name, 'mtu', String(mtu)]);
  }
  return { host, peer };
}

/** A router that advertises itself as the default router of the link (RFC 4861). */
const ADVERTISING = `
  router id 10.0.0.254;
  protocol device {}
  protocol radv { interface "down0" { min ra interval 3; max ra interval 4; }; }`;

const PEERS = {
  bgp: { asn: PLAN.asn, peers: [{ name: 'tor', address: PLAN.routerAddress, asn: 64600, families: ['ipv4', 'ipv6'] }] },
};

describe.skipIf(!isRoot)('Forwarding must be on for the whole host (needs root)', () => {
  it('ip_forward and all.forwarding are set at start, before any pod', async () => {
    await using lab = await Lab.create('forwarding');
    const host = await lab.namespace('host');
    await setSysctl(host, 'net/ipv4/ip_forward', '0');
    await setSysctl(host, 'net/ipv6/conf/all/forwarding', '0');
    const node = await lonelyNode(lab, host);
    expect(await sysctl(host, 'net/ipv4/ip_forward')).toBe('1');
    expect(await sysctl(host, 'net/ipv6/conf/all/forwarding')).toBe('1');
    expect(await node.stopDaemon()).toBe(0);
    expect(await sysctl(host, 'net/ipv4/ip_forward')).toBe('1');
  });

  it('an uplink with accept_ra=1 is raised to 2 first and keeps its learned default route; 0 stays 0', async () => {
    await using lab = await Lab.create('accept-ra');
    const { host, peer } = await hostWithUplink(lab, 1500);
    await host.exec(['ip', 'link', 'add', 'static0', 'type', 'veth', 'peer', 'name', 'static1']);
    await setSysctl(host, 'net/ipv6/conf/uplink0/accept_ra', '1');
    await setSysctl(host, 'net/ipv6/conf/static0/accept_ra', '0');
    const learned = async () => (await host.exec(['ip', '-6', 'route', 'show', 'default', 'proto', 'ra'])).stdout;
    await lab.bird(peer, ADVERTISING);
    await eventually(async () => (await learned()).includes('dev uplink0'), 'the host learns its default route');
    const node = await lonelyNode(lab, host);
    expect(await sysctl(host, 'net/ipv6/conf/uplink0/accept_ra')).toBe('2');
    expect(await sysctl(host, 'net/ipv6/conf/static0/accept_ra')).toBe('0');
    expect(await sysctl(host, 'net/ipv6/conf/all/forwarding')).toBe('1');
    expect(await learned()).toContain('dev uplink0');
    await node.stopDaemon();
  });
});

describe.skipIf(!isRoot)('MTU of a pod (needs root)', () => {
  async function mtus(node: FlockNode): Promise<unknown> {
    const pod = await node.runPod({ name: 'web' });
    const device = pod.result.interfaces[0]?.name ?? '';
    return [
      (await linkOf(node.namespace, device)).mtu,
      (await linkOf(pod.namespace, 'eth0')).mtu,
      ...pod.result.interfaces.map((end) => (end as { mtu?: number }).mtu),
    ];
  }

  async function started(lab: Lab, host: Namespace, config: object): Promise<FlockNode> {
    const node = await FlockNode.create(lab, host, { ...LONELY, ...config });
    await node.startDaemon();
    return node;
  }

  it.each([1400, 9000])('auto: the device of the route to the first peer, %i bytes', async (mtu) => {
    await using lab = await Lab.create('mtu-peer');
    const { host } = await hostWithUplink(lab, mtu);
    expect(await mtus(await started(lab, host, PEERS))).toEqual([mtu, mtu, mtu, mtu]);
  });

  it('auto: without peers the device of the default route', async () => {
    await using lab = await Lab.create('mtu-default');
    const { host } = await hostWithUplink(lab, 1420);
    await host.exec(['ip', 'route', 'add', 'default', 'via', PLAN.routerAddress]);
    expect(await mtus(await started(lab, host, {}))).toEqual([1420, 1420, 1420, 1420]);
  });

  it('auto: else 1500 bytes', async () => {
    await using lab = await Lab.create('mtu-none');
    expect(await mtus(await lonelyNode(lab, 'node1'))).toEqual([1500, 1500, 1500, 1500]);
  });

  it('a number in the configuration wins over the uplink', async () => {
    await using lab = await Lab.create('mtu-number');
    const { host } = await hostWithUplink(lab, 9000);
    expect(await mtus(await started(lab, host, { ...PEERS, mtu: 1280 }))).toEqual([1280, 1280, 1280, 1280]);
  });

  it('packets as large as the MTU pass, from the router and to it', async () => {
    await using lab = await Lab.create('mtu-packets');
    const { nodes, router } = await startFabric(lab, 1, { mtu: 1400 });
    const [node] = nodes;
    if (node === undefined) throw new Error('no node');
    const pod = await node.runPod({ name: 'web' });
    // 20 and 8 bytes of IPv4 and ICMP header, 40 and 8 of IPv6; -M do forbids fragments.
    await pod.namespace.exec(['ping', '-n', '-c1', '-W1', '-M', 'do', '-s', '1372', PLAN.routerAddress]);
    await router.namespace.exec(['ping', '-n', '-c1', '-W1', '-M', 'do', '-s', '1372', pod.ip4 ?? '']);
    await router.namespace.exec(['ping', '-n', '-c1', '-W1', '-M', 'do', '-s', '1352', pod.ip6 ?? '']);
    await expectFirstPackets(pod.namespace, PLAN.routerAddress);
  });
});
