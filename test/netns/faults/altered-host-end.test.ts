import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { routedWorld } from '../e2e/nodes.ts';
import { answers, expectFirstPackets } from '../e2e/packets.ts';
import { advertised, problemOf, routedBy } from './observe.ts';

const CLAIMS = ['192.0.2.91', '2001:db8:ffff::91'];
/** Longer than from one full comparison of the host's ends to the next. */
const COMPARED_MS = 60_000;

describe.skipIf(!isRoot)("a host's end that another program alters while flockd runs (needs root)", () => {
  const world = routedWorld('altered-host-end');
  let pod: LabPod;

  beforeAll(async () => {
    pod = await world().node.runPod({ name: 'web', annotations: { anycast: CLAIMS.join() } });
    await routedBy(world().router, CLAIMS, CLAIMS);
  });

  it.each([
    ['an MTU below what IPv6 needs', 'ip link set DEVICE mtu 1200'],
    ['IPv6 off, and on again', 'f=/proc/sys/net/ipv6/conf/DEVICE/disable_ipv6; echo 1 > $f; echo 0 > $f'],
    ['IPv6 off', 'echo 1 > /proc/sys/net/ipv6/conf/DEVICE/disable_ipv6'],
    // ip goes over the entries until none is left, and gives up after ten rounds: flockd puts them back between two of these.
    ['no neighbours', 'ip neigh flush dev DEVICE nud permanent || test $? = 255'],
    ['a bridge that takes it', 'ip link add br0 type bridge; ip link set DEVICE master br0'],
  ])(
    '%s: is put right, and packets pass',
    async (_what, script) => {
      const { node, router } = world();
      const device = pod.result.interfaces[0]?.name ?? '';
      await node.namespace.exec(['sh', '-c', script.replaceAll('DEVICE', device)]);
      await eventually(
        async () => {
          await node.check(pod.request, pod.result);
          return (await Promise.all(CLAIMS.map((claim) => answers(router.namespace, claim)))).every(Boolean);
        },
        'CHECK finds nothing, and both claims answer',
        COMPARED_MS,
      );
      await advertised(node, ...CLAIMS);
      await expectFirstPackets(router.namespace, ...CLAIMS, pod.ip4, pod.ip6);
      expect(await problemOf(node, 'wiringFailed')).toBeUndefined();
    },
    2 * COMPARED_MS,
  );
});
