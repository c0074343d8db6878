import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../src/config/load.ts';
import type { FakeLink } from '../../../fakes/kernel-tables.ts';
import { removeLink, removeNextHop, takeDown } from '../../../fakes/kernel-tables.ts';
import { eventually } from '../../../lab/eventually.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';

function linkOf(world: EngineWorld, name: string): FakeLink {
  const link = [...world.kernel.host.tables.links.values()].find((candidate) => candidate.name === name);
  if (link === undefined) throw new Error(`no link ${name}`);
  return link;
}

/** What the host's kernel has, in the words of the fake; next hop objects made anew have other numbers. */
function hostState(world: EngineWorld): string[] {
  const text = world.kernel.host.print().replace(/nhid \d+|by \d+|nexthop \d+ (?=\d+,)/g, '');
  return text.split('\n').sort();
}

describe('the host of wired pods', () => {
  it('is put right within the resync after routes and next hops were deleted by hand', async () => {
    await using world = new EngineWorld();
    await world.start({ resync: 30 });
    await world.addPod('one', [A]);
    await world.addPod('two', [A, B]);
    const { tables } = world.kernel.host;
    const right = hostState(world);
    const given = world.publisher.given.length;
    for (const id of [...tables.nextHops.keys()]) removeNextHop(tables, id);
    tables.routes = tables.routes.filter(({ protocol }) => protocol !== 202);
    await eventually(() => hostState(world).length === right.length && world.routed().length === 2, 'all is back');
    expect(world.routed()).toEqual([A, B]);
    expect(tables.routes.filter(({ protocol }) => protocol === 202)).toHaveLength(6);
    // BIRD has nothing to hear of that.
    expect(world.publisher.given.length).toBe(given);
  });

  it('gets back what a link has lost that was down between two looks, with the next link event', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface } = await world.addPod('web', [A]);
    const right = hostState(world);
    const { tables } = world.kernel.host;
    const link = linkOf(world, hostInterface);
    takeDown(tables, link);
    await world.kernel.host.apply([{ kind: 'setLink', linkIndex: link.index, up: true }]);
    expect(world.routed()).toEqual([]);
    await world.settled();
    expect(hostState(world)).toEqual(right);
    expect(world.lines.filter((line) => line.startsWith('warn the host side of a pod'))).toHaveLength(1);
  });

  it('leaves a link that is down as it is, withholds its claims, and mends it when it comes up', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface } = await world.addPod('web', [A]);
    const right = hostState(world);
    const link = linkOf(world, hostInterface);
    takeDown(world.kernel.host.tables, link);
    world.kernel.announceLinkChange();
    await world.settled();
    expect(world.publisher.accepted).toEqual([]);
    expect(world.engine.reconciler.decisions).toMatchObject([{ reason: 'notWired' }]);
    expect(link.up).toBe(false);
    await world.kernel.host.apply([{ kind: 'setLink', linkIndex: link.index, up: true }]);
    await world.settled();
    expect(world.publisher.accepted).toEqual([A]);
    expect(hostState(world)).toEqual(right);
  });

  it('is not touched for a pod whose own end was down, which has cost the host nothing', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface } = await world.addPod('web', [A]);
    const { peer } = linkOf(world, hostInterface);
    const inside = peer?.tables.links.get(peer.index);
    if (peer === undefined || inside === undefined) throw new Error('no peer');
    takeDown(peer.tables, inside);
    world.kernel.announceLinkChange();
    await world.settled();
    expect(world.publisher.accepted).toEqual([]);
    world.kernel.host.log.length = 0;
    inside.up = true;
    inside.carrierChanges += 1;
    linkOf(world, hostInterface).carrierChanges += 1;
    world.kernel.announceLinkChange();
    await world.settled();
    expect(world.kernel.host.log).toEqual([]);
    // The pod itself has lost its routes by that.
    expect(world.publisher.accepted).toEqual([]);
    expect(world.engine.reconciler.decisions).toMatchObject([{ reason: 'podAltered' }]);
  });

  it('says what cannot be put right, and stops saying it when it can', async () => {
    await using world = new EngineWorld();
    await world.start({ resync: 30 });
    const { hostInterface } = await world.addPod('web');
    linkOf(world, hostInterface).mtu = 1400;
    world.kernel.host.failWhen((change) => change.kind === 'setLink', 'EBUSY');
    await eventually(() => world.problem('wiringFailed'), 'it is a problem');
    expect(world.problem('wiringFailed')).toContain(`${hostInterface} has MTU 1400, not 1500`);
    world.kernel.host.heal();
    await eventually(() => world.problem('wiringFailed') === undefined, 'it is none any more');
    expect(linkOf(world, hostInterface).mtu).toBe(1500);
  });

  it('is looked at again after a look that failed, without a further event', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface } = await world.addPod('web', [A]);
    removeLink(world.kernel.host.tables, linkOf(world, hostInterface));
    world.kernel.host.die();
    world.kernel.announceLinkChange();
    await eventually(() => world.lines.some((line) => line.startsWith('error pass failed')), 'the look fails');
    world.kernel.host.heal();
    await eventually(() => world.publisher.accepted.length === 0, 'the loss of the link is seen');
    expect(world.engine.snapshot().problems).toEqual([]);
  });

  it('is taken up whole or not at all when the configuration changes', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    const text = JSON.stringify({
      pools: { ipv4: '10.1.0.0/16' },
      bgp: { asn: 64601, routerId: '10.0.0.1' },
      state: world.config.state,
    });
    world.kernel.host.die();
    const next = parseConfig(text, { hostname: 'node1' });
    // A change that cannot be taken up as a whole is not taken up at all.
    await expect(world.engine.reconfigure(next, {})).rejects.toThrow();
    expect(world.engine.state.config).toBe(world.config);
    world.kernel.host.heal();
    await world.engine.reconfigure(next, {});
    await world.settled();
    expect(world.publisher.accepted).toEqual([]);
    expect(world.engine.reconciler.decisions).toMatchObject([{ reason: 'notAllowed' }]);
  });
});
