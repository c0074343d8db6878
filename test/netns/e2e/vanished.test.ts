import { describe, expect, it } from 'vitest';
import { eventually, isRoot, run } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { cniError } from './calls.ts';
import { allocationsOf, ip, type ShownLink } from './kernel-state.ts';
import { lonelyWorld, sandbox } from './nodes.ts';

/** Five addresses are given out of a /29: not the network, not .1, not the broadcast address. */
const ROOM = 5;

describe.skipIf(!isRoot)('sandboxes that vanish without DEL (needs root)', () => {
  const world = lonelyWorld('vanished', { pools: { ipv4: '10.1.1.0/29' }, defaults: { ipv6: false } });

  const devices = async (): Promise<string[]> =>
    (await ip<ShownLink>(world().node.namespace, 'link', 'show')).map(({ ifname }) => ifname);
  const containers = async (): Promise<string[]> =>
    (await allocationsOf(world().node)).map(({ container_id }) => container_id).sort();
  const hostEnd = (pod: LabPod): string => pod.result.interfaces[0]?.name ?? '';

  it('give their addresses back when the pool has no other, and those that stand keep theirs', async () => {
    const { lab, node } = world();
    const pods: LabPod[] = [];
    for (let at = 0; at < ROOM; at += 1) pods.push(await node.runPod({ name: `p${at}` }));
    const [deleted, unmounted, cut, ...whole] = pods as [LabPod, LabPod, LabPod, ...LabPod[]];
    const late = await sandbox(lab, 'late');
    const request = { containerId: late.name, netns: late.path };
    expect(cniError(await node.plugin('ADD', request))).toMatchObject({ code: 100 });

    lab.deleteNamespace(deleted.namespace);
    // An unmount leaves the empty file that the namespace was mounted on.
    await run(['umount', unmounted.namespace.path]);
    await node.namespace.exec(['ip', 'link', 'delete', hostEnd(cut)]);
    const gone = [deleted, unmounted, cut].map(hostEnd);
    await eventually(async () => !(await devices()).some((name) => gone.includes(name)), 'the veths are gone');

    const { ips } = await node.add(request);
    expect([deleted.ip4, unmounted.ip4].map((address) => `${address}/32`)).toContain(ips[0]?.address);
    const left = [cut, ...whole].map((pod) => pod.request.containerId);
    expect(await containers()).toEqual([...left, late.name].sort());
    const { stdout } = await node.namespace.exec(['cat', node.path('state', 'allocations.json')]);
    expect(stdout).not.toContain(deleted.request.containerId);
    expect(await node.flockctl(['status'])).not.toContain('failed ADD');
  });
});
