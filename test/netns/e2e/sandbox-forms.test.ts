import { describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab, type LabProcess, run } from '../../lab/lab.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { allocationsOf, linkOf, routesOf, setSysctl, sysctl } from './kernel-state.ts';
import { lonelyNode, lonelyWorld, sandbox } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

const plain = (address: string | undefined): string => address?.split('/')[0] ?? '';

describe.skipIf(!isRoot)('sandboxes as runtimes make them (needs root)', () => {
  const world = lonelyWorld('sandbox-forms');

  it('a sandbox with net.ipv6.conf.*.disable_ipv6=1 gets IPv6, and the first packet passes', async () => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, 'no-ipv6');
    for (const which of ['all', 'default', 'lo'])
      await setSysctl(namespace, `net/ipv6/conf/${which}/disable_ipv6`, '1');
    await node.writePod(podManifest({ name: 'no-ipv6', annotations: { anycast: '2001:db8:ffff::40' } }));
    const request = { containerId: 'no-ipv6', netns: namespace.path, args: 'K8S_POD_NAME=no-ipv6' };
    const result = await node.add(request);
    const other = await node.runPod({ name: 'asks' });
    await expectFirstPackets(other.namespace, ...result.ips.map(({ address }) => plain(address)));
    expect((await linkOf(namespace, 'lo')).addr_info.map(({ local }) => local)).toContain('2001:db8:ffff::40');
    await node.check(request, result);
  });

  it('a host where new interfaces have IPv6 switched off is wired in both families all the same', async () => {
    await using lab = await Lab.create('host-no-ipv6');
    const host = await lab.namespace('host');
    await setSysctl(host, 'net/ipv6/conf/default/disable_ipv6', '1');
    const node = await lonelyNode(lab, host);
    const pods = [await node.runPod({ name: 'one' }), await node.runPod({ name: 'two' })] as const;
    const device = pods[0].result.interfaces[0]?.name ?? '';
    expect((await linkOf(host, device)).addr_info.map(({ local }) => local)).toEqual(['fe80::1']);
    await expectFirstPackets(pods[0].namespace, pods[1].ip4, pods[1].ip6);
  });

  it('the path /proc/PID/ns/net is a sandbox as good as any', async () => {
    const { lab, node } = world();
    const holder: LabProcess = lab.spawn(undefined, ['unshare', '--net', 'sleep', '1000']);
    const netns = `/proc/${holder.pid}/ns/net`;
    const own = (await run(['readlink', '/proc/self/ns/net'])).stdout;
    await eventually(async () => (await run(['readlink', netns])).stdout !== own, 'the process has its own namespace');
    const request = { containerId: 'by-process', netns };
    const result = await node.add(request);
    expect(result.interfaces[1]).toMatchObject({ name: 'eth0', sandbox: netns });
    const client = await node.runPod({ name: 'client1' });
    await expectFirstPackets(client.namespace, ...result.ips.map(({ address }) => plain(address)));
    await node.check(request, result);
    holder.kill('SIGKILL');
    await holder.exited;
    await node.del(request);
  });

  it('the path /proc/PID/fd/N is a sandbox as good as any', async () => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, 'by-descriptor');
    const holder = lab.spawn(undefined, ['sh', '-c', `exec 9<${namespace.path}; exec sleep 1000`]);
    const netns = `/proc/${holder.pid}/fd/9`;
    await eventually(async () => (await run(['stat', netns])).code === 0, 'the descriptor is open');
    const request = { containerId: 'by-descriptor', netns };
    const result = await node.add(request);
    expect((await linkOf(namespace, 'eth0')).address).toBe(result.interfaces[1]?.mac);
    // The same namespace by another path is the same attachment: nothing is made anew.
    const renamed = await node.add({ ...request, netns: namespace.path });
    expect(renamed).toEqual({
      ...result,
      interfaces: [result.interfaces[0], { ...result.interfaces[1], sandbox: namespace.path }],
    });
    holder.kill('SIGKILL');
    await node.del({ ...request, netns });
    expect((await allocationsOf(node)).map((allocation) => allocation.container_id)).not.toContain('by-descriptor');
  });

  it('CNI_IFNAME=net1 of the same container is an attachment of its own beside eth0', async () => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, 'two-interfaces');
    const request = { containerId: 'two-interfaces', netns: namespace.path };
    const second = { ...request, ifname: 'net1' };
    const [eth0, net1] = [await node.add(request), await node.add(second)];
    expect(net1.interfaces[1]?.name).toBe('net1');
    expect(net1.interfaces[0]?.name).not.toBe(eth0.interfaces[0]?.name);
    const addresses = [...eth0.ips, ...net1.ips].map(({ address }) => plain(address));
    expect(new Set(addresses).size).toBe(4);
    await node.check(request, eth0);
    await node.check(second, net1);
    expect(await node.add(request)).toEqual(eth0);
    expect(await node.add(second)).toEqual(net1);
    await node.check(request, eth0);
    await node.check(second, net1);
    await expectFirstPackets(node.namespace, ...addresses.filter((address) => address.includes(':')));
    const client = await node.runPod({ name: 'client2' });
    await expectFirstPackets(client.namespace, ...addresses);
    await expectFirstPackets(namespace, client.ip4, client.ip6);

    await node.del(second);
    await node.check(request, eth0);
    await expectFirstPackets(namespace, client.ip4, client.ip6);
    expect((await routesOf(namespace, 4, 'default'))[0]?.dev).toBe('eth0');
    const left = (await allocationsOf(node)).filter((allocation) => allocation.container_id === 'two-interfaces');
    expect(left.map(({ ifname }) => ifname)).toEqual(['eth0']);
  });

  it('the sandbox of the host itself is refused, and nothing happens to it', async () => {
    const { node } = world();
    const before = await sysctl(node.namespace, 'net/ipv4/ip_forward');
    await expect(node.add({ containerId: 'host-network', netns: node.namespace.path })).rejects.toMatchObject({
      code: 3,
    });
    expect(await sysctl(node.namespace, 'net/ipv4/ip_forward')).toBe(before);
    expect((await allocationsOf(node)).map((allocation) => allocation.container_id)).not.toContain('host-network');
  });
});
