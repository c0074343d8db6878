import { describe, expect, it } from 'vitest';
import type { Change, Route } from '../../src/kernel/ports.ts';
import type { Family } from '../../src/model/address.ts';
import { isRoot } from '../lab/lab.ts';
import { address, prefix } from '../unit/model/fixtures.ts';
import { applied, codes, ipJson, type KernelLab, openKernelLab, veth } from './kernel-lab.ts';

const PROTOCOL = 202;
const POD = { 4: address('10.1.1.2'), 6: address('2001:db8:1::2') };
const SERVICE = { 4: prefix('192.0.2.53/32'), 6: prefix('2001:db8:ffff::53/128') };
const FAMILIES: readonly Family[] = [4, 6];

const shown = (world: KernelLab, family: Family, ...argv: string[]): Promise<Record<string, unknown>[]> =>
  ipJson(world.hostNamespace, `-${family}`, 'route', 'show', ...argv);

function viaPod(family: Family, linkIndex: number): Extract<Change, { kind: 'replaceRoute' }> {
  return {
    kind: 'replaceRoute',
    destination: SERVICE[family],
    gateway: POD[family],
    linkIndex,
    onlink: true,
    protocol: PROTOCOL,
  };
}

function only(routes: readonly Route[], family: Family): Route | undefined {
  const found = routes.filter((route) => route.destination.network === SERVICE[family].network);
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0];
}

describe.skipIf(!isRoot)('changes to routes (needs root)', () => {
  it.each(FAMILIES)('install an onlink route with our protocol, IPv%i, and delete it, and again', async (family) => {
    await using world = await openKernelLab('route');
    const { host } = await veth(world, 'flock0000000a', 'eth0');
    await applied(world.host, [viaPod(family, host.index)]);
    expect(await shown(world, family, 'proto', '202')).toMatchObject([
      {
        dst: SERVICE[family].network,
        gateway: POD[family],
        dev: 'flock0000000a',
        flags: ['onlink'],
        ...(family === 6 ? { metric: 1024 } : {}),
      },
    ]);
    expect(only(await world.host.routes({ protocol: PROTOCOL }), family)).toEqual({
      destination: SERVICE[family],
      linkIndex: host.index,
      gateway: POD[family],
      preferredSource: undefined,
      protocol: PROTOCOL,
      scope: 'global',
      onlink: true,
      metric: family === 6 ? 1024 : 0,
      nextHopId: undefined,
      multipath: [],
    });
    const gone: Change = { kind: 'deleteRoute', destination: SERVICE[family], protocol: PROTOCOL };
    expect(codes(await world.host.apply([{ ...gone, protocol: 4 }]))).toEqual(['ok']);
    expect(await world.host.routes({ protocol: PROTOCOL })).toHaveLength(1);
    expect(codes(await world.host.apply([gone, gone]))).toEqual(['ok', 'ok']);
    expect(await world.host.routes({ protocol: PROTOCOL })).toEqual([]);
  });

  it.each(FAMILIES)(
    'replace device, gateway and next hop object by one another without a second route, IPv%i',
    async (family) => {
      await using world = await openKernelLab('replace');
      const { host } = await veth(world, 'flock0000000a', 'eth0');
      const second = await veth(world, 'flock0000000b', 'net1');
      const destination = SERVICE[family];
      await applied(world.host, [
        { kind: 'replaceNextHop', id: 5, protocol: PROTOCOL, family, linkIndex: host.index, gateway: POD[family] },
        { kind: 'replaceNextHopGroup', id: 50, protocol: PROTOCOL, members: [5] },
      ]);
      const ways: Extract<Change, { kind: 'replaceRoute' }>[] = [
        { kind: 'replaceRoute', destination, linkIndex: host.index, protocol: PROTOCOL },
        viaPod(family, host.index),
        { kind: 'replaceRoute', destination, nextHopId: 50, protocol: PROTOCOL },
        viaPod(family, second.host.index),
        { kind: 'replaceRoute', destination, nextHopId: 5, protocol: PROTOCOL },
        { kind: 'replaceRoute', destination, linkIndex: second.host.index, protocol: PROTOCOL },
      ];
      for (const from of ways) {
        for (const to of ways) {
          await applied(world.host, [from, to]);
          const route = only(await world.host.routes(), family);
          expect([route?.linkIndex, route?.gateway, route?.nextHopId]).toEqual([
            to.linkIndex,
            to.gateway,
            to.nextHopId,
          ]);
        }
      }
    },
  );

  it.each(FAMILIES)('keep routes with other metrics beside one another and delete by metric, IPv%i', async (family) => {
    await using world = await openKernelLab('metric');
    const { host } = await veth(world, 'flock0000000a', 'eth0');
    const route = viaPod(family, host.index);
    await applied(world.host, [
      { ...route, metric: 10 },
      { ...route, metric: 20 },
    ]);
    expect(await world.host.routes({ protocol: PROTOCOL })).toHaveLength(2);
    await applied(world.host, [{ kind: 'deleteRoute', destination: SERVICE[family], protocol: PROTOCOL, metric: 10 }]);
    expect((await world.host.routes({ protocol: PROTOCOL })).map((entry) => entry.metric)).toEqual([20]);
    await applied(world.host, [
      { kind: 'deleteRoute', destination: SERVICE[family], protocol: PROTOCOL, linkIndex: host.index + 1 },
    ]);
    expect(await world.host.routes({ protocol: PROTOCOL })).toHaveLength(1);
  });

  it('list unicast routes of the main table only, of one protocol when asked', async () => {
    await using world = await openKernelLab('list');
    const { host } = await veth(world, 'flock0000000a', 'eth0');
    await applied(world.host, [viaPod(4, host.index), viaPod(6, host.index)]);
    for (const argv of [
      'route add blackhole 198.51.100.0/24 proto 202',
      'route add 198.51.100.1/32 dev flock0000000a table 77 proto 202',
      'route add 198.51.100.2/32 dev flock0000000a proto 4',
      '-6 route add blackhole 2001:db8:b::/64 proto 202',
      'route add 198.51.100.9/32 proto 4 nexthop via 10.1.1.2 dev flock0000000a onlink nexthop via 10.1.1.3 dev flock0000000a onlink',
    ]) {
      await world.hostNamespace.exec(['ip', ...argv.split(' ')]);
    }
    const all = await world.host.routes();
    expect(all.map((route) => route.destination.network).filter((network) => /^198|db8/.test(network))).toEqual([
      '198.51.100.2',
      '198.51.100.9',
      '2001:db8:ffff::53',
    ]);
    expect(all.find((route) => route.destination.network === '198.51.100.9')?.multipath).toEqual([
      { linkIndex: host.index, gateway: '10.1.1.2' },
      { linkIndex: host.index, gateway: '10.1.1.3' },
    ]);
    expect(await world.host.routes({ protocol: PROTOCOL })).toHaveLength(2);
    expect(await world.host.routes({ protocol: 77 })).toEqual([]);
  });

  it('say how the kernel would reach an address, and that it would not', async () => {
    await using world = await openKernelLab('routeto');
    const { pod } = await veth(world, 'flock0000000a', 'eth0');
    expect(await world.pod.routeTo(address('198.51.100.1'))).toBeUndefined();
    expect(await world.pod.routeTo(address('2001:db8:5::1'))).toBeUndefined();
    await applied(world.pod, [
      { kind: 'replaceAddress', linkIndex: pod.index, address: POD[4], prefixLength: 32 },
      { kind: 'replaceAddress', linkIndex: pod.index, address: POD[6], prefixLength: 128 },
      {
        kind: 'replaceRoute',
        destination: prefix('169.254.1.1/32'),
        linkIndex: pod.index,
        scope: 'link',
        protocol: PROTOCOL,
      },
      {
        kind: 'replaceRoute',
        destination: prefix('0.0.0.0/0'),
        gateway: address('169.254.1.1'),
        linkIndex: pod.index,
        preferredSource: POD[4],
        protocol: PROTOCOL,
      },
      {
        kind: 'replaceRoute',
        destination: prefix('::/0'),
        gateway: address('fe80::1'),
        linkIndex: pod.index,
        preferredSource: POD[6],
        protocol: PROTOCOL,
      },
    ]);
    expect(await world.pod.routeTo(address('198.51.100.1'))).toEqual({
      linkIndex: pod.index,
      preferredSource: POD[4],
      gateway: '169.254.1.1',
    });
    expect(await world.pod.routeTo(address('2001:db8:5::1'))).toEqual({
      linkIndex: pod.index,
      preferredSource: POD[6],
      gateway: 'fe80::1',
    });
    for (const reject of ['blackhole', 'prohibit', 'unreachable']) {
      await world.podNamespace.exec(['ip', 'route', 'replace', reject, '198.51.100.1']);
      expect(await world.pod.routeTo(address('198.51.100.1')), reject).toBeUndefined();
      await world.podNamespace.exec(['ip', '-6', 'route', 'replace', reject, '2001:db8:5::1']);
      expect(await world.pod.routeTo(address('2001:db8:5::1')), reject).toBeUndefined();
    }
  });
});
