import { describe, expect, it } from 'vitest';
import { startFabric } from '../../lab/fabric.ts';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { answers, expectFirstPackets } from './packets.ts';

const SERVICE = ['192.0.2.99', '2001:db8:ffff::99'];

describe.skipIf(!isRoot)('packets between pods of different nodes (needs root)', () => {
  it('pod → pod and pod → anycast pass through the router in both families, and end when the replica is not Ready', async () => {
    await using lab = await Lab.create('two-nodes');
    const { nodes, router } = await startFabric(lab, 2);
    const [one, two] = nodes;
    if (one === undefined || two === undefined) throw new Error('the fabric has two nodes');
    const client = await one.runPod({ name: 'client' });
    const spec = { name: 'server', annotations: { anycast: SERVICE.join() }, ready: true };
    const server = await two.runPod(spec);
    await expectFirstPackets(client.namespace, server.ip4, server.ip6);
    await expectFirstPackets(server.namespace, client.ip4, client.ip6);
    for (const address of SERVICE) {
      await eventually(
        async () => (await router.nextHops(address)).length === 1,
        `the router has a path to ${address}`,
      );
      await expectFirstPackets(client.namespace, address);
    }
    await two.writePod(podManifest({ ...spec, ready: false }));
    for (const address of SERVICE) {
      await eventually(async () => (await router.nextHops(address)).length === 0, `no path to ${address} is left`);
      expect(await answers(client.namespace, address)).toBe(false);
    }
    // Its own addresses stay: only what it claims comes and goes with its readiness.
    await expectFirstPackets(client.namespace, server.ip4, server.ip6);
  });
});
