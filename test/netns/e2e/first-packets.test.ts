import { describe, expect, it } from 'vitest';
import { nodePlan } from '../../lab/fabric.ts';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import { routesOf, setSysctl } from './kernel-state.ts';
import { lonelyNode, routedWorld } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

const PLAN = nodePlan(1);
const ROUTER = [PLAN.routerAddress, '2001:db8:0:1::fe'];
const HOST = [PLAN.nodeAddress, PLAN.nodeAddress6];

describe.skipIf(!isRoot)('The first packet as soon as ADD has returned, on a node with a router (needs root)', () => {
  const world = routedWorld('first-packets');
  let pods = 0;
  const fresh = (annotations: Record<string, string> = {}) => {
    pods += 1;
    return world().node.runPod({ name: `pod${pods}`, annotations });
  };

  it('router → pod passes in both families', async () => {
    const pod = await fresh();
    await expectFirstPackets(world().router.namespace, pod.ip4, pod.ip6);
  });

  it('pod → router passes in both families', async () => {
    const pod = await fresh();
    await expectFirstPackets(pod.namespace, ...ROUTER);
  });

  it('pod → host and host → pod pass in both families', async () => {
    const [one, other] = [await fresh(), await fresh()];
    await expectFirstPackets(one.namespace, ...HOST);
    await expectFirstPackets(world().node.namespace, other.ip4, other.ip6);
  });

  it('pod → pod passes in both families', async () => {
    const [one, other] = [await fresh(), await fresh()];
    await expectFirstPackets(one.namespace, other.ip6, other.ip4);
  });

  it('pod → its gateway fe80::1 passes', async () => {
    const pod = await fresh();
    await expectFirstPackets(pod.namespace, 'fe80::1%eth0');
  });

  it('Host: sysctls proxy_arp=1: the host answers for 169.254.1.1 at once, whoever has no entry for it', async () => {
    const pod = await fresh();
    await pod.namespace.exec(['ip', 'neigh', 'del', '169.254.1.1', 'dev', 'eth0']);
    await expectFirstPackets(pod.namespace, PLAN.routerAddress);
  });

  it('router → anycast and addresses passes in both families as soon as the router has the route', async () => {
    const claims = ['192.0.2.30', '2001:db8:ffff::30', '192.0.2.31', '2001:db8:ffff::31'];
    const pod = await fresh({ anycast: claims.slice(0, 2).join(), addresses: claims.slice(2).join() });
    for (const claim of claims) {
      await eventually(async () => (await world().router.nextHops(claim)).length === 1, `a path to ${claim}`);
      await expectFirstPackets(world().router.namespace, claim);
    }
    // And back, with the claimed address as source: somebody answers from it.
    for (const claim of claims) {
      const router = claim.includes(':') ? ROUTER[1] : ROUTER[0];
      await pod.namespace.exec(['ping', '-n', '-c1', '-W1', '-I', claim, router ?? '']);
    }
  });

  it('pod → anycast of another pod of the node passes in both families', async () => {
    const claims = ['192.0.2.32', '2001:db8:ffff::32'];
    const [client, server] = [await fresh(), await fresh({ anycast: claims.join() })];
    await eventually(async () => {
      const routes = [...(await routesOf(world().node.namespace, 4)), ...(await routesOf(world().node.namespace, 6))];
      return claims.every((claim) => routes.some(({ dst }) => dst === claim));
    }, `the host routes the claims of ${server.spec.name}`);
    await expectFirstPackets(client.namespace, ...claims);
  });
});

describe.skipIf(!isRoot)('The first packet on a host with no default route (needs root)', () => {
  it('passes between pods and between pod and host, in both families, in either direction', async () => {
    await using lab = await Lab.create('no-default-route');
    const node = await lonelyNode(lab, 'node1');
    // Addresses of the host, so that it has somewhere to answer from; a default route it has in no family.
    await node.namespace.exec(['ip', 'address', 'add', '10.0.9.1/32', 'dev', 'lo']);
    await node.namespace.exec(['ip', 'address', 'add', '2001:db8:0:9::1/128', 'dev', 'lo', 'nodad']);
    const pods = [await node.runPod({ name: 'one' }), await node.runPod({ name: 'two' })] as const;
    for (const family of [4, 6] as const) {
      expect(await routesOf(node.namespace, family, 'default')).toEqual([]);
    }
    await expectFirstPackets(pods[0].namespace, pods[1].ip4, pods[1].ip6);
    const [third, fourth] = [await node.runPod({ name: 'three' }), await node.runPod({ name: 'four' })];
    await expectFirstPackets(third.namespace, '10.0.9.1', '2001:db8:0:9::1');
    await expectFirstPackets(node.namespace, fourth.ip4, fourth.ip6);
  });
});

describe.skipIf(!isRoot)('The first packet on a host with strict reverse path filtering (needs root)', () => {
  it('passes between pods and to an anycast address, also with two pods behind it', async () => {
    await using lab = await Lab.create('rp-filter');
    const host = await lab.namespace('host');
    for (const which of ['all', 'default']) await setSysctl(host, `net/ipv4/conf/${which}/rp_filter`, '1');
    const node = await lonelyNode(lab, host);
    const pods = [await node.runPod({ name: 'one' }), await node.runPod({ name: 'two' })] as const;
    await expectFirstPackets(pods[0].namespace, pods[1].ip4);
    for (const name of ['three', 'four']) {
      await node.runPod({ name, annotations: { anycast: '192.0.2.33' } });
      await eventually(async () => (await routesOf(host, 4, '192.0.2.33')).length === 1, 'the host routes the claim');
      await expectFirstPackets(pods[0].namespace, '192.0.2.33');
      await expectFirstPackets(pods[1].namespace, '192.0.2.33');
    }
  });
});
