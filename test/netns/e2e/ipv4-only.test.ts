import { describe, expect, it } from 'vitest';
import { isRoot, Lab } from '../../lab/lab.ts';
import { FlockNode } from '../../lab/node.ts';
import { statusOf } from '../faults/observe.ts';
import { failureOf } from './calls.ts';
import { addressesOf, linkOf } from './kernel-state.ts';
import { LONELY } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

const IPV4_ONLY = { ...LONELY, pools: { ipv4: LONELY.pools.ipv4 } };

/** A node with one uplink, over which its default route leads. */
async function nodeWithUplink(lab: Lab, mtu: number, config: Record<string, unknown>): Promise<FlockNode> {
  const [outside, host] = [await lab.namespace('router'), await lab.namespace('node1')];
  await lab.connect(outside, 'to-node1', host, 'uplink0', { a: ['10.0.1.254/24'], b: ['10.0.1.1/24'] });
  await outside.exec(['ip', 'link', 'set', 'to-node1', 'mtu', String(mtu)]);
  await host.exec(['ip', 'link', 'set', 'uplink0', 'mtu', String(mtu)]);
  await host.exec(['ip', 'route', 'add', 'default', 'via', '10.0.1.254']);
  return FlockNode.create(lab, host, config);
}

describe.skipIf(!isRoot)('a node that needs IPv4 only (needs root)', () => {
  it('works on a host that has no sysctls of IPv6, as one that was booted with ipv6.disable=1', async () => {
    await using lab = await Lab.create('no-ipv6');
    const node = await nodeWithUplink(lab, 1500, IPV4_ONLY);
    // The kernel of this machine has IPv6; for flockd alone an empty folder covers its sysctls.
    const script = 'mount -t tmpfs -o ro none /proc/sys/net/ipv6 && exec "$@"';
    await node.startDaemon({}, ['unshare', '-m', '--propagation', 'slave', 'sh', '-c', script, 'sh']);
    const pod = await node.runPod({ name: 'web', annotations: { anycast: '192.0.2.70' } });
    await node.check(pod.request, pod.result);
    expect(await node.add(pod.request)).toEqual(pod.result);
    await expectFirstPackets(node.namespace, pod.ip4);
    await expectFirstPackets(pod.namespace, '10.0.1.1');
    expect((await statusOf(node)).problems.map(({ code }) => code)).not.toContain('wiringFailed');
    await node.endPod(pod);
  });

  it('works over an uplink of less than 1280 bytes, and has nothing of IPv6 on the pod', async () => {
    await using lab = await Lab.create('small-uplink');
    const node = await nodeWithUplink(lab, 1200, IPV4_ONLY);
    await node.startDaemon();
    const pod = await node.runPod({ name: 'web', annotations: { anycast: '192.0.2.70' } });
    await node.check(pod.request, pod.result);
    const ends = [
      await linkOf(node.namespace, pod.result.interfaces[0]?.name ?? ''),
      await linkOf(pod.namespace, 'eth0'),
    ];
    expect(ends.map(({ mtu }) => mtu)).toEqual([1200, 1200]);
    expect(addressesOf(ends[0] ?? (await linkOf(node.namespace, 'lo')))).toEqual([]);
    await expectFirstPackets(node.namespace, pod.ip4);
    await expectFirstPackets(pod.namespace, '10.0.1.1');
  });

  it('works with IPv6 switched off by sysctl on every interface of the host', async () => {
    await using lab = await Lab.create('ipv6-sysctl-off');
    const node = await nodeWithUplink(lab, 1500, IPV4_ONLY);
    const off = 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > "$f"; done';
    await node.namespace.exec(['sh', '-c', off]);
    await node.startDaemon();
    const pod = await node.runPod({ name: 'web', annotations: { anycast: '192.0.2.70' } });
    await node.check(pod.request, pod.result);
    await expectFirstPackets(node.namespace, pod.ip4);
    await expectFirstPackets(pod.namespace, '10.0.1.1');
  });
});

describe.skipIf(!isRoot)('a node whose uplink is too small for IPv6 (needs root)', () => {
  it('says so in status and in the error of ADD, with the remedy, and adds pods without IPv6', async () => {
    await using lab = await Lab.create('too-small');
    const node = await nodeWithUplink(lab, 1200, LONELY);
    await node.startDaemon();
    const failure = await failureOf(node.runPod({ name: 'dual' }));
    expect(failure.code).toBe(104);
    expect(failure.message).toMatch(
      /the MTU for pods is 1200 bytes .*uplink0.*IPv6 needs 1280: raise the MTU of uplink0/,
    );
    const problems = (await statusOf(node)).problems.filter(({ code }) => code === 'mtuTooSmall');
    expect(problems).toHaveLength(1);
    const pod = await node.runPod({ name: 'web', annotations: { ipv6: 'false' } });
    await expectFirstPackets(node.namespace, pod.ip4);
  });
});
