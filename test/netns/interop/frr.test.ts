import { expect, it } from 'vitest';
import { hasFrr } from '../../lab/frr.ts';
import { eventually } from '../../lab/lab.ts';
import { expectFirstPackets } from '../e2e/packets.ts';
import { announcingTo } from './announcing.ts';
import { sorted } from './expected-paths.ts';
import { FrrRouter } from './frr-router.ts';
import { defaultRoutes, establishedSessions } from './node-side.ts';
import { ALL, carried, DNS, PASSWORD, ROUTER_ASN, SESSIONS, WEB } from './plan.ts';
import { settled } from './world.ts';

/** Ends of the sessions, by name. */
const NODE = Object.fromEntries(SESSIONS.map(({ name, node }) => [name, node]));
const names = (...wanted: string[]): string[] =>
  SESSIONS.map(({ name }) => name).filter((name) => !wanted.includes(name));

announcingTo(
  {
    name: 'FRR',
    installed: hasFrr,
    start: (lab, namespace) => FrrRouter.start(lab, namespace),
    showsLinkLocal: true,
    usable: ({ families }) => families,
  },
  (world) => {
    /** Sessions that carry everything at the router, by name. */
    const whole = async (): Promise<string[]> => {
      const paths = await world().router.paths();
      return SESSIONS.filter((session) => {
        const has = paths.filter(({ neighbour }) => neighbour === session.node).map(({ prefix }) => prefix);
        return has.sort().join() === carried(session, ALL).join();
      }).map(({ name }) => name);
    };

    it("zebra routes in the router's kernel, by local preference, and packets reach the pods and come back", async () => {
      const { lab, router, node, dns } = world();
      const client = await lab.namespace('client');
      await lab.connect(router.namespace, 'to-client', client, 'uplink0', {
        a: ['10.0.9.1/24', '2001:db8:0:9::1/64'],
        b: ['10.0.9.2/24', '2001:db8:0:9::2/64'],
      });
      await client.exec(['ip', 'route', 'add', 'default', 'via', '10.0.9.1']);
      await client.exec(['ip', '-6', 'route', 'add', 'default', 'via', '2001:db8:0:9::1']);
      await settled(router, ALL);
      // A BIRD that has just come back may not have the way to the client yet.
      await eventually(async () => (await defaultRoutes(node)).every(Boolean), 'default routes of the node');
      const shown = (family: string, address: string): Promise<string> =>
        router.namespace.exec(['ip', family, 'route', 'show', address, 'proto', 'bgp']).then(({ stdout }) => stdout);
      const [dns4, dns6] = DNS;
      await eventually(async () => (await shown('-4', dns4)).includes(`via ${NODE.inner} dev to-node1`), dns4);
      await eventually(async () => /via fe80::\S+ dev to-node1/.test(await shown('-6', dns6)), dns6);
      await expectFirstPackets(router.namespace, ...DNS, ...WEB, dns.ip4, dns.ip6);
      await expectFirstPackets(client, ...DNS, ...WEB, dns.ip4, dns.ip6);
    });

    it('a route refresh brings everything again that the router has thrown away', async () => {
      const { router } = world();
      const before = await settled(router, ALL);
      const session = SESSIONS.find(({ name }) => name === 'four');
      const { frr } = router;
      await frr.vtysh(
        'configure terminal',
        'ip prefix-list nothing seq 5 deny 0.0.0.0/0 le 32',
        'ipv6 prefix-list nothing seq 5 deny ::/0 le 128',
      );
      const filter = async (word: string): Promise<void> => {
        for (const family of ['ipv4', 'ipv6'])
          await frr.configureBgp(
            ROUTER_ASN,
            `address-family ${family} unicast`,
            `${word} neighbor ${session?.node} prefix-list nothing in`.trim(),
          );
        await frr.vtysh('clear bgp * soft in');
      };
      await filter('');
      await eventually(async () => (await whole()).join() === names('four').join(), 'nothing over four is left');
      await filter('no');
      expect(sorted(await settled(router, ALL))).toEqual(sorted(before));
    });

    it('BFD is up on both sides, and tells the router of a dead BIRD long before the hold time', async () => {
      const { router, node } = world();
      await settled(router, ALL);
      const up = { peer: NODE.four, interface: 'to-node1', status: 'up' };
      await eventually(async () => {
        expect(await router.frr.json('show bfd peers json')).toEqual([expect.objectContaining(up)]);
        return /10\.0\.1\.254 +uplink0 +Up/.test(await node.birdc('show bfd sessions'));
      }, 'BFD is up');
      process.kill(node.bird.pid, 'SIGSTOP');
      try {
        // BIRD's hold time is 30 s.
        await eventually(
          async () => (await whole()).join() === names('four').join(),
          'four is given up, nothing else',
          25_000,
        );
      } finally {
        process.kill(node.bird.pid, 'SIGCONT');
      }
      await settled(router, ALL);
    });

    it('a router without the password has no session, and has it again with the password', async () => {
      const { router, node } = world();
      await settled(router, ALL);
      await router.frr.configureBgp(ROUTER_ASN, `no neighbor ${NODE.only4} password`);
      await eventually(async () => (await whole()).join() === names('only4').join(), 'all others are up');
      await eventually(async () => {
        const { stdout } = await node.namespace.exec(['nstat', '-asz', 'TcpExtTCPMD5NotFound']);
        return Number(/TCPMD5NotFound +(\d+)/.exec(stdout)?.[1]) > 0;
      }, "the node's kernel drops what comes without a signature");
      const up = (await establishedSessions(node)).map((line) => line.split(' ')[0]);
      expect(up.sort()).toEqual(names('only4').sort());
      await router.frr.configureBgp(ROUTER_ASN, `neighbor ${NODE.only4} password ${PASSWORD}`);
      await settled(router, ALL, 40_000);
    });
  },
);
