import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { allocationsOf, ip, routesOf, type ShownRoute } from './kernel-state.ts';
import { routedWorld } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

describe.skipIf(!isRoot)('Ready (needs root)', () => {
  const world = routedWorld('ready-route');

  /** The host's routes to a claimed address, of every table but the local one. */
  async function hostRoutes(address: string): Promise<ShownRoute[]> {
    const family = address.includes(':') ? 6 : 4;
    return (await routesOf(world().node.namespace, family)).filter(({ dst }) => dst === address);
  }

  async function exported(address: string): Promise<string> {
    return world().node.birdc(`show route export tor where net = ${address}/${address.includes(':') ? 128 : 32}`);
  }

  async function nodePaths(address: string, count: number): Promise<void> {
    await eventually(
      async () => (await world().router.nextHops(address)).length === count,
      `the router has ${count} paths to ${address}`,
    );
  }

  describe('one pod', () => {
    const claims = ['192.0.2.50', '2001:db8:ffff::50', '192.0.2.51', '2001:db8:ffff::51'];
    const annotations = { anycast: claims.slice(0, 2).join(), addresses: claims.slice(2).join() };
    let pod: LabPod;
    let device: string;

    beforeAll(async () => {
      pod = await world().node.runPod({ name: 'web', annotations, ready: true });
      device = pod.result.interfaces[0]?.name ?? '';
      for (const claim of claims) await nodePaths(claim, 1);
    });

    it.each(claims)(
      "%s goes via the pod's eth0 address of the same family on its device, in the kernel",
      async (claim) => {
        const [route, ...others] = await hostRoutes(claim);
        expect(others).toEqual([]);
        expect(route).toMatchObject({
          gateway: claim.includes(':') ? pod.ip6 : pod.ip4,
          dev: device,
          protocol: '202',
          flags: expect.arrayContaining(['onlink']),
        });
        const via = (await ip<ShownRoute>(world().node.namespace, 'route', 'get', claim))[0];
        expect(via).toMatchObject({ gateway: claim.includes(':') ? pod.ip6 : pod.ip4, dev: device });
      },
    );

    it.each(claims)(
      "%s is in BIRD's export as a host route on the pod's device, and nothing else of the pod is",
      async (claim) => {
        const shown = await exported(claim);
        expect(shown).toMatch(new RegExp(`^${claim}/(32|128) +unicast`, 'm'));
        expect(shown).toContain(`dev ${device}`);
        const all = await world().node.birdc('show route export tor');
        expect(all).not.toContain(pod.ip4);
        expect(all).not.toContain(pod.ip6);
      },
    );

    it.each(claims)('packets of the router to %s reach the pod, and only while it is Ready', async (claim) => {
      const { node, router } = world();
      await nodePaths(claim, 1);
      await expectFirstPackets(router.namespace, claim);
      await node.writePod(podManifest({ name: 'web', annotations, ready: false }));
      await nodePaths(claim, 0);
      await eventually(async () => (await hostRoutes(claim)).length === 0, 'the host has no route');
      expect(await exported(claim)).not.toContain(claim);
      await node.writePod(podManifest({ name: 'web', annotations, ready: true }));
      await nodePaths(claim, 1);
    });
  });

  describe('several local pods with one address', () => {
    const claims = ['192.0.2.60', '2001:db8:ffff::60'];
    const spec = (name: string) => ({ name, annotations: { anycast: claims.join() }, ready: true });
    let pods: [LabPod, LabPod];
    const device = (pod: LabPod): string => pod.result.interfaces[0]?.name ?? '';

    beforeAll(async () => {
      const { node } = world();
      pods = [await node.runPod(spec('one')), await node.runPod(spec('two'))];
      for (const claim of claims)
        await eventually(async () => (await members(claim)).length === 2, `two hops to ${claim}`);
    });

    /** Devices of the next hop group behind the only route to an address; fails when the next hops are inline. */
    async function members(claim: string): Promise<string[]> {
      const routes = await hostRoutes(claim);
      expect(routes).toHaveLength(1);
      const [route] = routes;
      if (route?.nhid === undefined) return [];
      const objects = await ip<{ id: number; group?: { id: number }[]; dev?: string }>(
        world().node.namespace,
        'nexthop',
        'show',
      );
      const group = objects.find(({ id }) => id === route.nhid)?.group ?? [];
      return group.map(({ id }) => objects.find((object) => object.id === id)?.dev ?? '').sort();
    }

    it.each(claims)(
      '%s is one route through a kernel nexthop group of both devices, and BIRD has both',
      async (claim) => {
        expect(await members(claim)).toEqual(pods.map(device).sort());
        await eventually(async () => {
          const shown = await exported(claim);
          return pods.every((pod) => shown.includes(`dev ${device(pod)}`));
        }, 'BIRD exports both devices');
        await expectFirstPackets(world().router.namespace, claim);
      },
    );

    it('one of two devices goes with the daemon stopped: kernel and BIRD keep the other, in both families', async () => {
      const { node, router } = world();
      const [gone, stays] = pods;
      expect(await node.stopDaemon()).toBe(0);
      await node.namespace.exec(['ip', 'link', 'del', device(gone)]);
      for (const claim of claims) {
        expect(await members(claim)).toEqual([device(stays)]);
        await eventually(async () => {
          const shown = await exported(claim);
          return shown.includes(`dev ${device(stays)}`) && !shown.includes(device(gone));
        }, 'BIRD exports the device that is left alone');
        expect(await router.nextHops(claim)).toHaveLength(1);
        await expectFirstPackets(router.namespace, claim);
      }
      await node.startDaemon();
      for (const claim of claims) await expectFirstPackets(router.namespace, claim);
    });

    it('the last device goes with the daemon stopped: BIRD withdraws by itself', async () => {
      const { node } = world();
      await node.stopDaemon('SIGKILL');
      await node.namespace.exec(['ip', 'link', 'del', device(pods[1])]);
      for (const claim of claims) {
        await nodePaths(claim, 0);
        expect(await hostRoutes(claim)).toEqual([]);
      }
      await node.startDaemon();
      for (const pod of pods) await node.endPod(pod);
      expect((await allocationsOf(node)).filter(({ pod_name }) => ['one', 'two'].includes(pod_name))).toEqual([]);
    });

    it('with both pods deleted no nexthop of ours is left', async () => {
      const { node } = world();
      await eventually(async () => (await ip(node.namespace, 'nexthop', 'show')).length === 0, 'no nexthop is left');
    });
  });
});
