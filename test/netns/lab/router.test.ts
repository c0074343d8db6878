import { describe, expect, it } from 'vitest';
import { nodePlan, ROUTER_ASN } from '../../lab/fabric.ts';
import { eventually, isRoot, Lab, type LabBird } from '../../lab/lab.ts';
import { RouteMonitor, wallClock } from '../../lab/route-monitor.ts';
import { type Neighbour, Router } from '../../lab/router.ts';

const SERVICE = '192.0.2.53';
const SERVICE6 = '2001:db8:ffff::53';

/** A node's bird.conf written by hand: two host routes over one session. */
function announcer(n: number): string {
  const plan = nodePlan(n);
  const channel = 'import all; export where source = RTS_STATIC; next hop self;';
  return `
    router id ${plan.nodeAddress};
    protocol device {}
    protocol static service4 { ipv4; route ${SERVICE}/32 blackhole; }
    protocol static service6 { ipv6; route ${SERVICE6}/128 blackhole; }
    protocol kernel { ipv4 { export where source = RTS_BGP; }; }
    protocol bgp tor {
      local as ${plan.asn};
      neighbor ${plan.routerAddress} as ${ROUTER_ASN};
      connect delay time 1;
      ipv4 { ${channel} };
      ipv6 { ${channel} };
    }`;
}

describe.skipIf(!isRoot)('the router of the lab (needs root)', () => {
  it('installs both paths to a service, and its monitor sees one of them go', async () => {
    await using lab = await Lab.create('router');
    const routerNamespace = await lab.namespace('router');
    const neighbours: Neighbour[] = [];
    const birds: LabBird[] = [];
    for (const n of [1, 2]) {
      const plan = nodePlan(n);
      const node = await lab.namespace(`node${n}`);
      await lab.connect(routerNamespace, `to-node${n}`, node, 'uplink0', { a: plan.link.router, b: plan.link.node });
      neighbours.push({ name: node.label, address: plan.nodeAddress, asn: plan.asn });
      birds.push(await lab.bird(node, announcer(n)));
    }
    const router = await Router.start(lab, routerNamespace, { asn: ROUTER_ASN, routerId: '10.0.0.254', neighbours });
    const both = async (address: string, hops: string[]): Promise<boolean> =>
      (await router.nextHops(address)).join() === hops.join();
    const plans = [nodePlan(1), nodePlan(2)];
    const hops6 = plans.map((plan) => plan.nodeAddress6);
    await eventually(() => both(SERVICE, ['10.0.1.1', '10.0.2.1']), 'two IPv4 paths');
    await eventually(() => both(SERVICE6, hops6), 'two IPv6 paths');

    const nodeRoutes = await eventually(
      async () => (await birds[0]?.birdc('show route for 198.51.100.1'))?.includes('10.0.1.254') === true,
      'the node has a default route',
    );
    expect(nodeRoutes).toBe(true);

    const monitor = await RouteMonitor.start(lab, routerNamespace);
    const before = wallClock();
    expect(await birds[1]?.birdc('disable service4')).toContain('disabled');
    const event = await monitor.first(before, (text) => text.includes(SERVICE), 'the path of node2 goes');
    expect(event.at).toBeGreaterThanOrEqual(before);
    expect(event.at).toBeLessThanOrEqual(wallClock());
    await eventually(() => both(SERVICE, ['10.0.1.1']), 'one IPv4 path');
    expect(await router.nextHops(SERVICE6)).toEqual(hops6);
    await monitor.stop();
  });
});
