import { describe, expect, it } from 'vitest';
import { isRoot, Lab } from '../../lab/lab.ts';
import { failureOf } from './calls.ts';
import { allocationsOf, hostState } from './kernel-state.ts';
import { lonelyNode, lonelyWorld, sandbox } from './nodes.ts';

describe.skipIf(!isRoot)('addresses out of the pool (needs root)', () => {
  it('a /30 yields one address; the second pod is told that the pool is exhausted, and nothing changes', async () => {
    await using lab = await Lab.create('exhausted');
    const node = await lonelyNode(lab, 'node1', { pools: { ipv4: '10.1.9.0/30' } });
    const only = await node.runPod({ name: 'only' });
    expect(only.ip4).toBe('10.1.9.2');
    const inside = await sandbox(lab, 'second');
    const request = { containerId: 'second', netns: inside.path };
    const before = { kernel: await hostState(node.namespace), allocations: await allocationsOf(node) };
    const failure = await failureOf(node.add(request));
    expect(failure).toMatchObject({ code: 100, message: expect.stringContaining('10.1.9.0/30') });
    expect(failure.message).toContain('pools.ipv4');
    expect({ kernel: await hostState(node.namespace), allocations: await allocationsOf(node) }).toEqual(before);
    expect((await inside.exec(['ip', '-o', 'link'])).stdout).not.toContain('eth0');
    await node.del(only.request);
    expect((await node.add(request)).ips[0]?.address).toBe('10.1.9.2/32');
  });

  it('an exhausted family fails the pod as a whole: the other family is not given half', async () => {
    await using lab = await Lab.create('half-exhausted');
    const pools = { ipv4: '10.1.9.0/30', ipv6: '2001:db8:1:9::/64' };
    const node = await lonelyNode(lab, 'node1', { pools });
    await node.runPod({ name: 'first' });
    await expect(node.runPod({ name: 'second' })).rejects.toMatchObject({ code: 100 });
    expect(await allocationsOf(node)).toHaveLength(1);
    const third = await node.runPod({ name: 'third', annotations: { ipv4: 'false' } });
    expect(third.ip6).toBeDefined();
  });
});

describe.skipIf(!isRoot)('IPv4 addresses (needs root)', () => {
  const world = lonelyWorld('pools', { pools: { ipv4: '10.1.9.0/28' } });
  /** What a /28 has to give: not the network, not .1, not the broadcast address. */
  const SIZE = 13;

  it('are not reused at once: the search goes on from the last one given, also over a restart, and then goes round', async () => {
    const { node } = world();
    const given: string[] = [];
    for (let round = 0; round < SIZE + 2; round += 1) {
      if (round === 5) {
        await node.stopDaemon();
        await node.startDaemon();
      }
      const pod = await node.runPod({ name: `round${round}` });
      given.push(pod.ip4 ?? '');
      await node.endPod(pod);
    }
    const order = Array.from({ length: SIZE }, (_none, at) => `10.1.9.${at + 2}`);
    expect(given).toEqual([...order, ...order.slice(0, 2)]);
  });

  it('are never the network, .1 or the broadcast address, however many are asked for', async () => {
    const { lab, node } = world();
    const requests = [];
    for (let number = 0; number < SIZE; number += 1) {
      const namespace = await sandbox(lab, `all${number}`);
      requests.push({ containerId: `all${number}`, netns: namespace.path });
    }
    const results = await Promise.all(requests.map((request) => node.add(request)));
    const given = results.map(({ ips }) => ips[0]?.address ?? '');
    expect(new Set(given).size).toBe(SIZE);
    for (const never of ['10.1.9.0/32', '10.1.9.1/32', '10.1.9.15/32']) expect(given).not.toContain(never);
    const last = await sandbox(lab, 'one-too-many');
    await expect(node.add({ containerId: 'one-too-many', netns: last.path })).rejects.toMatchObject({ code: 100 });
    await Promise.all(requests.map((request) => node.del(request)));
  });
});
