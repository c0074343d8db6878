import { describe, expect, it } from 'vitest';
import { rebuildAllocations } from '../../../../src/engine/start/rebuild.ts';
import type { NextHop, Route } from '../../../../src/kernel/ports.ts';
import type { FakeLink } from '../../../fakes/kernel-tables.ts';
import { address, prefix } from '../../model/fixtures.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';

/** A world whose pods' namespaces nobody can find: on a fake kernel no path of this machine leads to them. */
async function lost(work: (world: EngineWorld) => Promise<void>): Promise<void> {
  await using world = new EngineWorld();
  await world.start();
  await work(world);
}

function deviceOf(world: EngineWorld, name: string | undefined): FakeLink {
  const link = [...world.kernel.host.tables.links.values()].find((candidate) => candidate.name === name);
  if (link === undefined) throw new Error(`no device ${name}`);
  return link;
}

describe('allocations rebuilt from the kernel', () => {
  it('have the claims that are routed, through a device and through a group of next hops', () =>
    lost(async (world) => {
      const one = await world.addPod('one', [A, B]);
      const two = await world.addPod('two', [A]);
      const { allocations, reserved } = await rebuildAllocations(world.ports, world.engine.state);
      expect(reserved.size).toBe(0);
      const { containerId, hostInterface, hostMac, mtu, ip4, ip6 } = one;
      const own = { containerId, hostInterface, hostMac, mtu, ip4, ip6, state: 'committed', netns: '' };
      expect(allocations[0]).toMatchObject({ ...own, anycast: expect.arrayContaining([A, B]), addresses: [] });
      expect(allocations[1]).toMatchObject({ ip4: two.ip4, ip6: two.ip6, anycast: [A], addresses: [] });
    }));

  it('tell the two kinds of claims apart by the annotations, where the pod is known', () =>
    lost(async (world) => {
      await world.wirePod('web', [A], true, { addresses: B });
      await world.settled();
      const known = await rebuildAllocations(world.ports, world.engine.state);
      expect(known.allocations).toMatchObject([{ anycast: [A], addresses: [B] }]);
      world.source.pods.clear();
      const unknown = await rebuildAllocations(world.ports, world.engine.state);
      expect(unknown.allocations).toMatchObject([{ anycast: [A, B], addresses: [] }]);
    }));

  it('take the hardware address of the pod from what the host has learnt, else make one that the kernel accepts', () =>
    lost(async (world) => {
      const { ip4, hostInterface } = await world.addPod('web');
      // As a flockd left it that made no permanent neighbours.
      const { tables } = world.kernel.host;
      tables.neighbours = [];
      const [made] = (await rebuildAllocations(world.ports, world.engine.state)).allocations;
      expect(made?.podMac).toMatch(/^.[26ae](:[0-9a-f]{2}){5}$/);
      const linkIndex = deviceOf(world, hostInterface).index;
      const learnt = { linkIndex, address: address(ip4 ?? ''), mac: '02:00:00:00:00:77', permanent: false };
      tables.neighbours.push(learnt);
      const [known] = (await rebuildAllocations(world.ports, world.engine.state)).allocations;
      expect(known?.podMac).toBe('02:00:00:00:00:77');
    }));

  it('find the whole name of a pod whose alias the kernel has cut', () =>
    lost(async (world) => {
      const name = `web-${'x'.repeat(246)}`;
      await world.addPod(name, [A]);
      const [found] = (await rebuildAllocations(world.ports, world.engine.state)).allocations;
      // The container id, the name again, does not fit either: nothing is left of the alias.
      expect(found).toBeUndefined();
      world.source.tell('db-'.padEnd(240, 'y'), {}, true);
      const device = await world.addPod('short');
      const link = deviceOf(world, device.hostInterface);
      link.alias = `flock short eth0 default/${'db-'.padEnd(240, 'y')}`.slice(0, 255);
      const [cut] = (await rebuildAllocations(world.ports, world.engine.state)).allocations;
      expect(cut?.pod.name).toBe('db-'.padEnd(240, 'y'));
    }));

  it('hold the addresses of an interface that has no alias of ours, or the same one as another', () =>
    lost(async (world) => {
      const [one, two, three] = [await world.addPod('one'), await world.addPod('two'), await world.addPod('three')];
      deviceOf(world, one.hostInterface).alias = 'somebody else';
      deviceOf(world, three.hostInterface).alias = deviceOf(world, two.hostInterface).alias;
      const { allocations, reserved } = await rebuildAllocations(world.ports, world.engine.state);
      expect(allocations.map(({ containerId }) => containerId)).toEqual(['two']);
      expect([...reserved.keys()].sort()).toEqual([one.ip4, one.ip6, three.ip4, three.ip6].sort());
      expect(world.lines.filter((line) => /^error no allocation can be rebuilt/.test(line))).toHaveLength(2);
    }));

  it('take no claim from routes of others, from wide ones, and from groups without the device', () =>
    lost(async (world) => {
      const { hostInterface, ip4 } = await world.addPod('web', [A]);
      const linkIndex = deviceOf(world, hostInterface).index;
      const { tables } = world.kernel.host;
      const gateway = address(ip4 ?? '');
      const plain = {
        linkIndex,
        gateway,
        preferredSource: undefined,
        scope: 'global',
        onlink: true,
        metric: 0,
      } as const;
      const route = (text: string, protocol: number, nextHopId?: number): Route => ({
        ...{ ...plain, destination: prefix(text), protocol, nextHopId, multipath: [] },
        ...(nextHopId === undefined ? {} : { linkIndex: undefined, gateway: undefined }),
      });
      const leaf: NextHop = { id: 7, protocol: 202, family: 4, linkIndex: 2, gateway, group: [] };
      tables.nextHops.set(7, leaf).set(8, { ...leaf, id: 8, linkIndex: undefined, gateway: undefined, group: [7] });
      tables.routes.push(route('192.0.2.9/32', 99), route('198.51.100.0/24', 202), route('192.0.2.8/32', 202, 8));
      const [found] = (await rebuildAllocations(world.ports, world.engine.state)).allocations;
      expect(found?.anycast).toEqual([A]);
    }));
});
