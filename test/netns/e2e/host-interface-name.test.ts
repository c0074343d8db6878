import { describe, expect, it } from 'vitest';
import { isRoot, type Namespace } from '../../lab/lab.ts';
import type { CniRequest, CniResult } from '../../lab/node.ts';
import { allocationsOf, ip, linkOf, type ShownLink } from './kernel-state.ts';
import { lonelyWorld, sandbox } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

/** Pairs of words with one FNV-1a-32 hash, which the makers of the function publish. */
const COLLISION = { ids: ['costarring', 'liquid'], name: 'flock5e4daa9d' } as const;

interface Added {
  request: CniRequest;
  namespace: Namespace;
  result: CniResult;
  device: string;
  addresses: string[];
}

describe.skipIf(!isRoot)('the host interface of a pod (needs root)', () => {
  const world = lonelyWorld('host-interface-name');

  async function added(containerId: string, label = containerId): Promise<Added> {
    const { lab, node } = world();
    const namespace = await sandbox(lab, label);
    const request = { containerId, netns: namespace.path };
    const result = await node.add(request);
    const device = result.interfaces[0]?.name ?? '';
    return {
      request,
      namespace,
      result,
      device,
      addresses: result.ips.map(({ address }) => address.split('/')[0] ?? ''),
    };
  }

  const devices = async (): Promise<string[]> =>
    (await ip<ShownLink>(world().node.namespace, 'link', 'show'))
      .map(({ ifname }) => ifname)
      .filter((name) => name.startsWith('flock'));

  it.each([
    ['a', 'flocke40c292c'],
    ['foobar', 'flockbf9cf968'],
  ])('flock + 8 hex digits: FNV-1a-32 of the container id: %s is %s', async (containerId, name) => {
    const pod = await added(containerId);
    expect(pod.device).toBe(name);
    expect((await linkOf(world().node.namespace, name)).ifname).toBe(name);
    await world().node.del(pod.request);
    expect(await devices()).not.toContain(name);
  });

  it('a collision with a live pod is seen and solved, never shared', async () => {
    const { node } = world();
    const first = await added(COLLISION.ids[0]);
    const second = await added(COLLISION.ids[1]);
    expect(first.device).toBe(COLLISION.name);
    expect(second.device).toMatch(/^flock[0-9a-f]{8}$/);
    expect(second.device).not.toBe(first.device);
    for (const pod of [first, second]) {
      await node.check(pod.request, pod.result);
      expect(await node.add(pod.request)).toEqual(pod.result);
    }
    await expectFirstPackets(first.namespace, ...second.addresses);
    await expectFirstPackets(second.namespace, ...first.addresses);

    await node.del(first.request);
    await node.check(second.request, second.result);
    expect(await devices()).toEqual([second.device]);
    // The name is free again, and the other pod keeps the one that it has.
    expect((await node.add(second.request)).interfaces).toEqual(second.result.interfaces);
    const again = await node.add(first.request);
    expect(again.interfaces[0]?.name).toBe(COLLISION.name);
    await node.del(second.request);
    expect(await devices()).toEqual([COLLISION.name]);
    await node.del(first.request);
    expect(await devices()).toEqual([]);
  });

  it('DEL of a container that was never added leaves the interface of another with the same hash', async () => {
    const { node } = world();
    const pod = await added(COLLISION.ids[0], 'lives');
    await node.del({ containerId: COLLISION.ids[1], netns: '' });
    await node.check(pod.request, pod.result);
    expect((await allocationsOf(node)).map((allocation) => allocation.container_id)).toEqual([COLLISION.ids[0]]);
    await node.del(pod.request);
  });
});
