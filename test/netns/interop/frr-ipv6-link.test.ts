import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Frr, hasFrr } from '../../lab/frr.ts';
import { frrPaths } from '../../lab/frr-paths.ts';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import { FlockNode } from '../../lab/node.ts';
import { expectFirstPackets } from '../e2e/packets.ts';
import { advertised } from '../faults/observe.ts';
import { healed } from '../problems.ts';
import { defaultRoutes, linkLocalAddress } from './node-side.ts';
import { ALLOWED, DNS, hostPrefix, NODE_ASN, POOLS, ROUTER_ASN } from './plan.ts';

const ROUTER = '2001:db8:0:1::fe';
const NODE = '2001:db8:0:1::1';

/**
 * FRR waits for the node. Where both connect, FRR drops what is under way each time its connect timer ends, and two that take
 * longer than that to exchange their OPENs on a busy machine never meet.
 */
const BGPD = `
router bgp ${ROUTER_ASN}
 bgp router-id 10.0.1.254
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor ${NODE} remote-as ${NODE_ASN}
 neighbor ${NODE} passive
 neighbor ${NODE} capability extended-nexthop
 address-family ipv4 unicast
  network 0.0.0.0/0
  neighbor ${NODE} activate
 exit-address-family
 address-family ipv6 unicast
  network ::/0
  neighbor ${NODE} activate
 exit-address-family
`;

/** The overlay that docs/bird.md gives for such a link. */
const EXTENDED_NEXT_HOP = '{{#if (eq channel "ipv4")}}\n\t\textended next hop;\n{{/if}}\n';

describe.skipIf(!isRoot || !hasFrr)('a link without IPv4 between a node and FRR (needs root and FRR)', () => {
  it('carries both families when a template switches the extended next hop on (RFC 8950), with packets', async () => {
    await using lab = await Lab.create('interop-ipv6-link');
    const routerNamespace = await lab.namespace('router');
    const namespace = await lab.namespace('node1');
    const client = await lab.namespace('client');
    await lab.connect(routerNamespace, 'to-node1', namespace, 'uplink0', { a: [`${ROUTER}/64`], b: [`${NODE}/64`] });
    await lab.connect(routerNamespace, 'to-client', client, 'uplink0', {
      a: ['10.0.9.1/24', '2001:db8:0:9::1/64'],
      b: ['10.0.9.2/24', '2001:db8:0:9::2/64'],
    });
    await client.exec(['ip', 'route', 'add', 'default', 'via', '10.0.9.1']);
    await client.exec(['ip', '-6', 'route', 'add', 'default', 'via', '2001:db8:0:9::1']);
    const frr = await Frr.start(lab, routerNamespace, BGPD);
    const node = await FlockNode.create(lab, namespace, {
      pools: POOLS,
      advertise: { allow: [ALLOWED] },
      bgp: {
        asn: NODE_ASN,
        routerId: '10.0.1.1',
        peers: [{ name: 'tor', address: ROUTER, asn: ROUTER_ASN, families: ['ipv4', 'ipv6'] }],
      },
    });
    await mkdir(node.path('templates', 'partials'));
    await writeFile(node.path('templates', 'partials', 'channel-extra.hbs'), EXTENDED_NEXT_HOP);
    await node.startBird();
    await node.startDaemon();
    const annotations = { anycast: DNS.join(), communities: '64600:5, 64600:1:5' };
    await node.runPod({ name: 'dns', annotations, ready: true });

    const nextHops = [NODE, await linkLocalAddress(node)];
    const expected = { nextHops, communities: ['64600:5'], largeCommunities: ['64600:1:5'] };
    for (const [family, address] of [
      ['ipv4', DNS[0]],
      ['ipv6', DNS[1]],
    ] as const) {
      const path = await eventually(async () => {
        const paths = frrPaths(await frr.json(`show bgp ${family} unicast json detail`));
        return paths.find(({ prefix }) => prefix === hostPrefix(address));
      }, `FRR has ${address}`);
      expect(path).toMatchObject(expected);
    }
    await eventually(async () => (await defaultRoutes(node)).every(Boolean), 'default routes of the node');
    // An IPv4 channel with an IPv6 next hop is not one without.
    await advertised(node, ...DNS);
    await healed(node);
    for (const address of DNS)
      await eventually(async () => {
        const shown = ['ip', address.includes(':') ? '-6' : '-4', 'route', 'show', address, 'proto', 'bgp'];
        return (await routerNamespace.exec(shown)).stdout.includes('via');
      }, `zebra has installed ${address}`);
    await expectFirstPackets(client, ...DNS);
  });
});
