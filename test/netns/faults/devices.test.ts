import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { RouteMonitor, wallClock } from '../../lab/route-monitor.ts';
import { hostState } from '../e2e/kernel-state.ts';
import { routedWorld } from '../e2e/nodes.ts';
import { answers, expectFirstPackets } from '../e2e/packets.ts';
import { healed, told } from '../problems.ts';
import { addressStates, advertised, routedBy } from './observe.ts';

const SHARED = ['192.0.2.80', '2001:db8:ffff::80'];
const SINGLE = ['192.0.2.81', '2001:db8:ffff::81'];
const CLAIMS = [...SHARED, ...SINGLE];

describe.skipIf(!isRoot)('devices and addresses that change behind the daemon (needs root)', () => {
  const world = routedWorld('devices');
  let single: LabPod;
  let replica: LabPod;
  let right: string[];

  beforeAll(async () => {
    const { node, router } = world();
    await node.runPod({ name: 'first', annotations: { anycast: SHARED.join() } });
    replica = await node.runPod({ name: 'replica', annotations: { anycast: SHARED.join() } });
    single = await node.runPod({ name: 'single', annotations: { addresses: SINGLE.join() } });
    await routedBy(router, CLAIMS, CLAIMS);
    right = await kernel();
  });

  /**
   * What the host's kernel has, in an order that says nothing. Next hop objects made anew have other numbers; the
   * routes through them are compared in full.
   */
  const kernel = async (): Promise<string[]> =>
    (await hostState(world().node.namespace))
      .map((line) =>
        line
          .replace(/\bid \d+/g, 'id')
          .replace(/nhid \d+/, 'nhid')
          .replace(/group [\d/]+/, 'group'),
      )
      .sort();
  const device = (pod: LabPod): string => pod.result.interfaces[0]?.name ?? '';

  /** `ip` commands on the host in one process, so that nobody sees what is between two of them. */
  async function batch(...commands: string[]): Promise<void> {
    await world().node.namespace.exec(['ip', '-batch', '-'], { stdin: `${commands.join('\n')}\n` });
  }

  async function allRightAgain(): Promise<void> {
    const { node, router } = world();
    await eventually(async () => (await kernel()).join('\n') === right.join('\n'), 'the host is as before').catch(
      async () => expect(await kernel()).toEqual(right),
    );
    await advertised(node, ...CLAIMS);
    await routedBy(router, CLAIMS, CLAIMS);
    await expectFirstPackets(router.namespace, ...CLAIMS, single.ip4, single.ip6, replica.ip4, replica.ip6);
    await expectFirstPackets(single.namespace, 'fe80::1%eth0', '10.0.1.254', '2001:db8:0:1::fe', replica.ip6);
  }

  it('a device that goes down is withdrawn, and is whole again when it comes up', async () => {
    const { node, router } = world();
    await batch(`link set ${device(single)} down`);
    await routedBy(router, CLAIMS, SHARED);
    await eventually(async () => (await addressStates(node))[SINGLE[0] ?? ''] === 'notWired', 'status says why');
    await told(node, 'podUnreachable', `ip link set ${device(single)} up`);
    await batch(`link set ${device(single)} up`);
    await allRightAgain();
    await healed(node);
  });

  it('a device that is down for a moment only, between two looks, is whole again as well', async () => {
    await batch(`link set ${device(single)} down`, `link set ${device(single)} up`);
    await allRightAgain();
  });

  it('a replica whose device is down for a moment takes nothing away from the other one', async () => {
    const { lab, node } = world();
    const monitor = await RouteMonitor.start(lab, node.namespace);
    const since = wallClock();
    await batch(`link set ${device(replica)} down`, `link set ${device(replica)} up`);
    await allRightAgain();
    const lost = monitor
      .events(since)
      .filter(({ text }) => SHARED.some((claim) => text.startsWith(`Deleted ${claim}`)));
    expect(lost).toEqual([]);
    await monitor.stop();
  });

  it('a pod that takes its own end down is withdrawn, status says so, and the way back is the same', async () => {
    const { node, router } = world();
    await single.namespace.exec(['ip', 'link', 'set', 'eth0', 'down']);
    await routedBy(router, CLAIMS, SHARED);
    await eventually(async () => (await addressStates(node))[SINGLE[0] ?? ''] === 'notWired', 'status says why');
    await told(node, 'podUnreachable', 'since eth0 in the pod is down');
    await single.namespace.exec(['ip', 'link', 'set', 'eth0', 'up']);
    // The pod's own end is the runtime's affair: taking it down has cost it its routes.
    await node.add(single.request);
    await allRightAgain();
  });

  it('routes and next hops deleted by hand are back with the next ADD of the pod that misses them', async () => {
    const { node } = world();
    await batch(`route del ${SINGLE[0]}`, `route del ${single.ip4}`, `route del ${SHARED[1]}`);
    const { stdout } = await node.namespace.exec(['ip', '-o', 'nexthop', 'show', 'proto', '202']);
    for (const id of stdout.match(/(?<=^id )\d+/gm) ?? []) {
      await node.namespace.exec(['ip', 'nexthop', 'del', 'id', id], { allowFailure: true });
    }
    await node.add(single.request);
    await allRightAgain();
  });

  it('an address that the host itself gets is withheld as long as it has it', async () => {
    const { node, router } = world();
    const nudge = (alias: string) => batch(`link set uplink0 alias ${alias}`);
    await batch(`address add ${SINGLE[0]}/32 dev lo`);
    await nudge('one');
    await routedBy(router, CLAIMS, [...SHARED, SINGLE[1] ?? '']);
    expect((await addressStates(node))[SINGLE[0] ?? '']).toBe('notAllowed');
    await batch(`address del ${SINGLE[0]}/32 dev lo`);
    await nudge('two');
    await routedBy(router, CLAIMS, CLAIMS);
    await batch('link set uplink0 alias ""');
    await allRightAgain();
  });

  it('an uplink that gets another address gives BIRD that one to speak from, and the router id stays', async () => {
    const { node, router } = world();
    const conf = () => readFile(node.path('bird', 'bird.conf'), 'utf8');
    const [, id] = /^router id (\S+);/m.exec(await conf()) ?? [];
    await batch(
      'address del 10.0.1.1/24 dev uplink0',
      'address add 10.0.1.7/24 dev uplink0',
      'link set uplink0 alias x',
    );
    await eventually(async () => /\b10\.0\.1\.7\b/.test(await conf()), 'bird.conf has the new address');
    expect(await conf()).toContain(`router id ${id};`);
    expect(await answers(node.namespace, single.ip4 ?? '')).toBe(true);
    await batch(
      'address del 10.0.1.7/24 dev uplink0',
      'address add 10.0.1.1/24 dev uplink0',
      'link set uplink0 alias ""',
    );
    await routedBy(router, CLAIMS, CLAIMS);
    await allRightAgain();
  });
});
