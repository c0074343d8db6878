import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { failureOf } from '../e2e/calls.ts';
import { routedWorld } from '../e2e/nodes.ts';
import { expectFirstPackets } from '../e2e/packets.ts';
import { addressStates, advertised, problemOf, routedBy } from './observe.ts';

const FOUR = '192.0.2.90';
const SIX = '2001:db8:ffff::90';
const CLAIMS = [FOUR, SIX];
/** Longer than the daemon takes from one full look at the pods to the next, which no event brings forward. */
const LOOK_MS = 60_000;

describe.skipIf(!isRoot)('a pod that alters its own end (needs root)', () => {
  const world = routedWorld('altered-pod');
  let pod: LabPod;

  beforeAll(async () => {
    pod = await world().node.runPod({ name: 'web', annotations: { anycast: CLAIMS.join() } });
    await routedBy(world().router, CLAIMS, CLAIMS);
  });

  const inPod = (script: string) => pod.namespace.exec(['sh', '-c', script]);

  async function withheld(...expected: string[]): Promise<void> {
    const { node, router } = world();
    const rest = CLAIMS.filter((claim) => !expected.includes(claim));
    await eventually(
      async () => {
        const states = await addressStates(node);
        return CLAIMS.every((claim) => states[claim] === (expected.includes(claim) ? 'podAltered' : 'advertised'));
      },
      `${expected.join(' and ')} are withheld`,
      LOOK_MS,
    );
    await routedBy(router, CLAIMS, rest);
    await expectFirstPackets(router.namespace, ...rest);
    expect(await problemOf(node, 'podAltered')).toContain('default/web');
    expect((await failureOf(node.check(pod.request, pod.result))).code).toBe(105);
  }

  async function wholeAgain(): Promise<void> {
    const { node, router } = world();
    await advertised(node, ...CLAIMS);
    await routedBy(router, CLAIMS, CLAIMS);
    await expectFirstPackets(router.namespace, ...CLAIMS);
    expect(await problemOf(node, 'podAltered')).toBeUndefined();
  }

  it.each([
    ['slowly', 'ip link set eth0 down; sleep 0.5; ip link set eth0 up'],
    ['between two looks', 'printf "link set eth0 down\\nlink set eth0 up\\n" | ip -batch -'],
    ['many times', 'for i in 1 2 3 4 5 6 7 8; do ip link set eth0 down; ip link set eth0 up; done'],
  ])('that flaps eth0 %s is not announced until ADD is repeated', async (_how, script) => {
    await inPod(script);
    await withheld(...CLAIMS);
    await world().node.add(pod.request);
    await wholeAgain();
  });

  it('that flaps eth0 and mends itself is announced again, each family when it can be reached', async () => {
    await inPod('ip link set eth0 down; ip link set eth0 up');
    await withheld(...CLAIMS);
    const gateway = pod.result.interfaces[0]?.mac;
    await inPod(`ip -6 addr add ${pod.ip6}/128 dev eth0 nodad; ip -6 route add default via fe80::1 dev eth0
ip -6 neigh replace fe80::1 lladdr ${gateway} dev eth0`);
    await withheld(FOUR);
    await inPod(`ip route add 169.254.1.1 dev eth0; ip route add default via 169.254.1.1
ip neigh replace 169.254.1.1 lladdr ${gateway} dev eth0`);
    await wholeAgain();
    await world().node.add(pod.request);
  });

  it.each([
    ['its IPv6 address', 'ip addr del IP6/128 dev eth0', [SIX]],
    ['its IPv4 default route', 'ip route del default', [FOUR]],
    ['a claimed address', `ip addr del ${FOUR}/32 dev lo`, [FOUR]],
    ['IPv6', 'echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6', [SIX]],
    ['ARP', 'ip link set eth0 arp off', CLAIMS],
    ['its MAC', 'ip link set eth0 address 02:00:00:00:00:42', CLAIMS],
  ])(
    'that gives up %s loses what that concerns, and no more',
    async (_what, script, expected) => {
      await inPod(script.replace('IP6', pod.ip6 ?? ''));
      await withheld(...expected);
      await world().node.add(pod.request);
      await wholeAgain();
    },
    2 * LOOK_MS,
  );
});
