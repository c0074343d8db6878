import { describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import { routedWorld } from '../e2e/nodes.ts';
import { answers } from '../e2e/packets.ts';
import { advertised, routedBy, Watched } from './observe.ts';

const CLAIMS = ['192.0.2.90', '192.0.2.91', '2001:db8:ffff::90', '2001:db8:ffff::91'];

describe.skipIf(!isRoot)('a restart with another route protocol (needs root)', () => {
  const world = routedWorld('route-protocol');

  it('hands every route over to it; the router notices nothing, and nothing of the old one is left', async () => {
    const { node, router } = world();
    const [a = '', b = '', a6 = '', b6 = ''] = CLAIMS;
    const one = await node.runPod({ name: 'one', annotations: { anycast: `${a},${a6}`, addresses: `${b},${b6}` } });
    await node.runPod({ name: 'two', annotations: { anycast: `${a},${a6}` } });
    await routedBy(router, CLAIMS, CLAIMS);
    const watched = await Watched.start(world());
    await node.stopDaemon();
    await node.configure({ routeProtocol: 203 });
    await node.startDaemon();
    await advertised(node, ...CLAIMS);
    const shown = async (protocol: number): Promise<string> => {
      const commands = ['route show', '-6 route show', 'nexthop show'].map((what) => `ip ${what} proto ${protocol}`);
      return (await node.namespace.exec(['sh', '-c', commands.join('; ')])).stdout;
    };
    await eventually(async () => (await shown(202)) === '', 'nothing has the old number');
    // One group of two next hops for each family, as before.
    await eventually(async () => (await shown(203)).match(/group \d+\/\d+/g)?.length === 2, 'the groups are there');
    for (const claim of CLAIMS) {
      expect(await shown(203)).toContain(`${claim} `);
      expect(await answers(router.namespace, claim)).toBe(true);
    }
    await node.check(one.request, one.result);
    const { events, now, before } = await watched.end();
    expect(events.filter(({ text }) => /\bDeleted (192\.0\.2|2001:db8:ffff)/.test(text))).toEqual([]);
    expect(now[0]).toEqual((before as typeof now)[0]);
  });
});
