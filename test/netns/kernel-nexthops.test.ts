import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/kernel/ports.ts';
import type { Family } from '../../src/model/address.ts';
import { isRoot } from '../lab/lab.ts';
import { address, prefix } from '../unit/model/fixtures.ts';
import { applied, codes, ipJson, linkOf, openKernelLab, veth } from './kernel-lab.ts';

const PROTOCOL = 202;
const POD = { 4: address('10.1.1.2'), 6: address('2001:db8:1::2') };
const SERVICE = { 4: prefix('192.0.2.53/32'), 6: prefix('2001:db8:ffff::53/128') };
const FAMILIES: readonly Family[] = [4, 6];

describe.skipIf(!isRoot)('changes to next hops and neighbours (needs root)', () => {
  it.each(FAMILIES)(
    'keep the survivor of a next hop group when one of two devices is deleted, IPv%i',
    async (family) => {
      await using world = await openKernelLab('survivor');
      const [a, b] = [await veth(world, 'flock0000000a', 'eth0'), await veth(world, 'flock0000000b', 'net1')];
      const other = family === 4 ? address('10.1.1.3') : address('2001:db8:1::3');
      await applied(world.host, [
        { kind: 'replaceNextHop', id: 1, protocol: PROTOCOL, family, linkIndex: a.host.index, gateway: POD[family] },
        { kind: 'replaceNextHop', id: 2, protocol: PROTOCOL, family, linkIndex: b.host.index, gateway: other },
        { kind: 'replaceNextHopGroup', id: 10, protocol: PROTOCOL, members: [1, 2] },
        { kind: 'replaceRoute', destination: SERVICE[family], nextHopId: 10, protocol: PROTOCOL },
      ]);
      expect(await ipJson(world.hostNamespace, 'nexthop', 'show')).toMatchObject([
        { id: 1, gateway: POD[family], dev: 'flock0000000a', protocol: '202', flags: ['onlink'] },
        { id: 2, gateway: other, dev: 'flock0000000b', protocol: '202', flags: ['onlink'] },
        { id: 10, group: [{ id: 1 }, { id: 2 }], protocol: '202' },
      ]);
      expect(await world.host.nextHops()).toEqual([
        { id: 1, protocol: PROTOCOL, family, linkIndex: a.host.index, gateway: POD[family], group: [] },
        { id: 2, protocol: PROTOCOL, family, linkIndex: b.host.index, gateway: other, group: [] },
        { id: 10, protocol: PROTOCOL, family: undefined, linkIndex: undefined, gateway: undefined, group: [1, 2] },
      ]);
      await applied(world.host, [{ kind: 'deleteLink', linkIndex: a.host.index }]);
      expect((await world.host.nextHops()).map((hop) => [hop.id, hop.group])).toEqual([
        [2, []],
        [10, [2]],
      ]);
      expect((await world.host.routes({ protocol: PROTOCOL })).map((route) => route.nextHopId)).toEqual([10]);
      expect(
        JSON.stringify(await ipJson(world.hostNamespace, `-${family}`, 'route', 'show', 'proto', '202')),
      ).toContain('flock0000000b');
      await applied(world.host, [
        { kind: 'deleteNextHop', id: 2 },
        { kind: 'deleteNextHop', id: 2 },
      ]);
      expect([await world.host.nextHops(), await world.host.routes({ protocol: PROTOCOL })]).toEqual([[], []]);
    },
  );

  it('set permanent neighbours in both families, change them, delete them, and again', async () => {
    await using world = await openKernelLab('neighbours');
    const { host } = await veth(world, 'flock0000000a', 'eth0');
    const linkIndex = host.index;
    const entries = FAMILIES.map((family): Change => {
      return { kind: 'replaceNeighbour', linkIndex, address: POD[family], mac: '02:00:00:00:01:0a' };
    });
    await applied(world.host, entries);
    await applied(world.host, [{ kind: 'replaceNeighbour', linkIndex, address: POD[4], mac: '02:00:00:00:01:0b' }]);
    expect(
      await ipJson(world.hostNamespace, 'neigh', 'show', 'dev', 'flock0000000a', 'nud', 'permanent'),
    ).toMatchObject([
      { dst: POD[4], lladdr: '02:00:00:00:01:0b', state: ['PERMANENT'] },
      { dst: POD[6], lladdr: '02:00:00:00:01:0a', state: ['PERMANENT'] },
    ]);
    const listed = (await world.host.neighbours(linkIndex)).filter((entry) => entry.permanent);
    expect(listed.map((entry) => [entry.address, entry.mac])).toEqual([
      [POD[4], '02:00:00:00:01:0b'],
      [POD[6], '02:00:00:00:01:0a'],
    ]);
    const gone = FAMILIES.map((family): Change => ({ kind: 'deleteNeighbour', linkIndex, address: POD[family] }));
    expect(codes(await world.host.apply([...gone, ...gone]))).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect((await world.host.neighbours(linkIndex)).filter((entry) => entry.permanent)).toEqual([]);
    expect(await world.host.neighbours((await linkOf(world.host, 'lo')).index)).toEqual([]);
  });
});
