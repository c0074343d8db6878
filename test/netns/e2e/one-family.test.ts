import { describe, expect, it } from 'vitest';
import { CLAIMABLE, nodePlan, ROUTER_ASN } from '../../lab/fabric.ts';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import { FlockNode, Router } from '../../lab/node.ts';
import { addressesOf, linkOf, routesOf } from './kernel-state.ts';
import { answers, expectFirstPackets } from './packets.ts';

const PLAN = nodePlan(1);
const CASES = [
  {
    family: 4 as const,
    other: 6 as const,
    pools: { ipv4: PLAN.pools.ipv4 },
    link: { router: `${PLAN.routerAddress}/24`, node: `${PLAN.nodeAddress}/24` },
    claim: '192.0.2.95',
  },
  {
    family: 6 as const,
    other: 4 as const,
    pools: { ipv6: PLAN.pools.ipv6 },
    link: { router: '2001:db8:0:1::fe/64', node: `${PLAN.nodeAddress6}/64` },
    claim: '2001:db8:ffff::95',
  },
];

describe.skipIf(!isRoot)('A family without a pool is off (needs root)', () => {
  it.each(CASES)(
    'on an IPv$family-only node pods have that family alone, up to the router, in both directions',
    async (given) => {
      await using lab = await Lab.create(`only-ipv${given.family}`);
      const [outside, host] = [await lab.namespace('router'), await lab.namespace('node1')];
      await lab.connect(outside, 'to-node1', host, 'uplink0', { a: [given.link.router], b: [given.link.node] });
      const at = (cidr: string): string => cidr.split('/')[0] ?? '';
      const families = [`ipv${given.family}`];
      const node = await FlockNode.create(lab, host, {
        pools: given.pools,
        advertise: { allow: [{ prefixes: CLAIMABLE, namespaces: ['*'] }] },
        // A node without an IPv4 address must set its router id.
        bgp: {
          asn: PLAN.asn,
          routerId: '10.0.1.1',
          peers: [{ name: 'tor', address: at(given.link.router), asn: ROUTER_ASN, families }],
        },
      });
      const neighbours = [{ name: 'node1', address: at(given.link.node), asn: PLAN.asn }];
      const router = await Router.start(lab, outside, { asn: ROUTER_ASN, routerId: '10.0.0.254', neighbours });
      await node.startBird();
      await node.startDaemon();

      const pods = [
        await node.runPod({ name: 'one', annotations: { anycast: given.claim } }),
        await node.runPod({ name: 'two' }),
      ] as const;
      for (const pod of pods) {
        expect(pod.result.ips).toHaveLength(1);
        expect(given.family === 4 ? pod.ip6 : pod.ip4).toBeUndefined();
        const addresses = addressesOf(await linkOf(pod.namespace, 'eth0'));
        expect(addresses).toHaveLength(1);
        expect(await routesOf(pod.namespace, given.other)).toEqual([]);
      }
      const [own, peer] = pods.map((pod) => (given.family === 4 ? pod.ip4 : pod.ip6));
      await expectFirstPackets(pods[0].namespace, peer);
      await eventually(async () => (await router.nextHops(given.claim)).length === 1, 'the router has the path');
      await expectFirstPackets(router.namespace, given.claim, own, peer);
      await expectFirstPackets(pods[1].namespace, at(given.link.router), given.claim);
      expect(await answers(pods[1].namespace, at(given.link.router))).toBe(true);
      await expect(node.runPod({ name: 'asks', annotations: { [`ipv${given.other}`]: 'true' } })).rejects.toMatchObject(
        { code: 103 },
      );
    },
  );
});
