import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, isRoot, type Namespace } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { failureOf } from './calls.ts';
import { addressesOf, ip, linkOf, routesOf, type ShownLink, setSysctl } from './kernel-state.ts';
import { lonelyWorld } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

const ANNOTATIONS = { anycast: '192.0.2.20,2001:db8:ffff::20', addresses: '192.0.2.21,2001:db8:ffff::21' };
const CLAIMS = Object.values(ANNOTATIONS).flatMap((list) => list.split(','));

/** Where something is broken. */
export type Side = 'host' | 'pod';

/**
 * What somebody breaks by hand with `ip`, and what CHECK must name. DEVICE, IP4 and IP6 stand for the pod's, OTHERDEV
 * and OTHER4 for a neighbour's; EMPTY stands for an empty word.
 */
export type Damage = [what: string, commands: string[], named: RegExp];

function words(command: string): string[] {
  return command.split(' ').map((word) => (word === 'EMPTY' ? '' : word));
}

/** One end of the veth, or the loopback, as far as it must be the same again. */
function shownEnd(link: ShownLink, addresses: string[]): object {
  const { ifname, address: mac, mtu, ifalias, flags } = link;
  return { ifname, mac, mtu, ifalias, addresses, up: flags.includes('UP'), lowerUp: flags.includes('LOWER_UP') };
}

/** Tests that each damage on one side, and each sysctl set wrong, is named by CHECK and repaired by the next ADD. */
export function repairTests(side: Side, damages: Damage[], sysctls: [path: string, value: string][]): void {
  describe.skipIf(!isRoot)(`Every step is idempotent, on the side of the ${side} (needs root)`, () => {
    const world = lonelyWorld(`repair-${side}`);
    let neighbour: LabPod;
    let pod: LabPod;
    let device: string;
    let whole: unknown;
    let pods = 0;

    beforeAll(async () => {
      neighbour = await world().node.runPod({ name: 'neighbour' });
    });
    beforeEach(async () => {
      pods += 1;
      pod = await world().node.runPod({ name: `web${pods}`, annotations: ANNOTATIONS });
      device = pod.result.interfaces[0]?.name ?? '';
      await eventually(claimsRouted, 'the host routes the claims');
      whole = await state();
    });
    afterEach(() => world().node.endPod(pod));

    const spelled = (text: string): string =>
      text
        .replaceAll('DEVICE', device)
        .replaceAll('OTHERDEV', neighbour.result.interfaces[0]?.name ?? '')
        .replaceAll('OTHER4', neighbour.ip4 ?? '')
        .replaceAll('IP4', pod.ip4 ?? '')
        .replaceAll('IP6', pod.ip6 ?? '');
    const at = (where: Side): Namespace => (where === 'host' ? world().node.namespace : pod.namespace);

    async function claimsRouted(): Promise<boolean> {
      const routes = [...(await routesOf(at('host'), 4)), ...(await routesOf(at('host'), 6))];
      return CLAIMS.every((claim) => routes.some(({ dst }) => dst === claim));
    }

    /**
     * Both ends as they should be, without what changes when a veth is made anew (indices, when carrier is told). A
     * link-local address in the pod is the pod's affair.
     */
    async function state(): Promise<unknown> {
      const [host, eth0, lo] = [
        await linkOf(at('host'), device),
        await linkOf(at('pod'), 'eth0'),
        await linkOf(at('pod'), 'lo'),
      ];
      const permanent = (where: Side, ...of: string[]) =>
        ip<{ dst: string; lladdr: string }>(at(where), 'neigh', 'show', 'nud', 'permanent', ...of);
      const neighbours = [...(await permanent('pod')), ...(await permanent('host', 'dev', device))];
      const podAddresses = addressesOf(eth0).filter((address) => address.endsWith(' global'));
      return {
        links: [shownEnd(host, addressesOf(host)), shownEnd(eth0, podAddresses), shownEnd(lo, addressesOf(lo))],
        host: [await routesOf(at('host'), 4, 'dev', device), await routesOf(at('host'), 6, 'dev', device)],
        pod: [await routesOf(at('pod'), 4), await routesOf(at('pod'), 6)],
        neighbours: neighbours.map(({ dst, lladdr }) => `${dst} ${lladdr}`).sort(),
      };
    }

    async function namedAndRepaired(named: RegExp): Promise<void> {
      const { node } = world();
      const expected = new RegExp(spelled(named.source));
      const failure = await failureOf(node.check(pod.request, pod.result)).catch(() => undefined);
      if (failure !== undefined) {
        expect(failure.code).toBe(105);
        expect(failure.message).toContain(`default/${pod.spec.name}`);
      }
      // The host's end is flockd's own affair, which it may have put right before CHECK gets to look. Then its log says so.
      const isNamed = () =>
        expected.test(failure?.message ?? '') || (side === 'host' && expected.test(node.daemon.stderr()));
      await eventually(isNamed, `${expected} is named, not: ${failure?.message}`);
      expect(await node.add(pod.request)).toEqual(pod.result);
      await node.check(pod.request, pod.result);
      expect(await state()).toEqual(whole);
      await expectFirstPackets(neighbour.namespace, pod.ip4, pod.ip6, ...CLAIMS);
      await expectFirstPackets(pod.namespace, neighbour.ip4, neighbour.ip6);
    }

    it('what exists and is right stays: CHECK has nothing to say of it, and ADD changes nothing', async () => {
      const { node } = world();
      await node.check(pod.request, pod.result);
      const before = (await linkOf(node.namespace, device)).ifindex;
      expect(await node.add(pod.request)).toEqual(pod.result);
      expect((await linkOf(node.namespace, device)).ifindex).toBe(before);
      expect(await state()).toEqual(whole);
    });

    it.each(damages)('what is wrong is named and put right: %s', async (_what, commands, named) => {
      for (const command of commands.map(spelled)) await at(side).exec(['ip', ...words(command)]);
      await namedAndRepaired(named);
    });

    it.each(sysctls)('what is wrong is named and put right: sysctl %s=%s', async (path, value) => {
      await setSysctl(at(side), spelled(path), value);
      await namedAndRepaired(new RegExp(`${path} on the ${side} is ${value}`));
    });
  });
}
