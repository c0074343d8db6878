import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/kernel/ports.ts';
import { isRoot } from '../lab/lab.ts';
import { address, prefix } from '../unit/model/fixtures.ts';
import { applied, codes, ipJson, linkOf, openKernelLab, veth } from './kernel-lab.ts';

const HOST = 'flock0000000a';

describe.skipIf(!isRoot)('changes to links and addresses (needs root)', () => {
  it('make a veth whose peer is born named in the pod, beside an eth0 of the host', async () => {
    await using world = await openKernelLab('veth');
    await world.hostNamespace.exec(['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'other']);
    const create: Change = {
      kind: 'createVeth',
      name: HOST,
      mac: '02:00:00:00:00:0a',
      mtu: 1400,
      peer: { name: 'eth0', mac: '02:00:00:00:01:0a', namespaceFd: world.pod.fd },
    };
    await applied(world.host, [create]);
    const [seen] = await ipJson(world.hostNamespace, 'link', 'show', 'dev', HOST);
    expect(seen).toMatchObject({
      ifname: HOST,
      address: '02:00:00:00:00:0a',
      mtu: 1400,
      linkinfo: { info_kind: 'veth' },
    });
    const [peer] = await ipJson(world.podNamespace, 'link', 'show', 'dev', 'eth0');
    expect(peer).toMatchObject({ ifname: 'eth0', address: '02:00:00:00:01:0a', mtu: 1400, operstate: 'DOWN' });
    const [host, pod] = [await linkOf(world.host, HOST), await linkOf(world.pod, 'eth0')];
    expect(host).toEqual({
      index: seen?.ifindex,
      name: HOST,
      kind: 'veth',
      mac: '02:00:00:00:00:0a',
      mtu: 1400,
      up: false,
      carrier: false,
      alias: undefined,
      addrGenMode: 0,
      peerIndex: pod.index,
      carrierChanges: 1,
    });
    expect(pod.peerIndex).toBe(host.index);
    expect(codes(await world.host.apply([create]))).toEqual(['EEXIST']);
    expect(codes(await world.host.apply([{ ...create, name: 'flock0000000b' }]))).toEqual(['EEXIST']);
    expect(await world.host.link('flock0000000b')).toBeUndefined();
  });

  it('set a link up, with alias, MTU and MAC, and without a link-local address of the kernel on either end', async () => {
    await using world = await openKernelLab('setlink');
    const ends = await veth(world, HOST, 'eth0');
    const linkIndex = ends.host.index;
    await applied(world.host, [
      { kind: 'setLink', linkIndex, alias: 'flock pod é "x"', mtu: 1300, mac: '02:00:00:00:00:ff' },
    ]);
    expect(await linkOf(world.host, HOST)).toMatchObject({
      up: true,
      alias: 'flock pod é "x"',
      mtu: 1300,
      mac: '02:00:00:00:00:ff',
      addrGenMode: 1,
    });
    const [seen] = await ipJson(world.hostNamespace, 'link', 'show', 'dev', HOST);
    expect(seen).toMatchObject({ ifalias: 'flock pod é "x"', inet6_addr_gen_mode: 'none' });
    expect(await world.host.untilRunning(linkIndex)).toBe(true);
    expect(await world.host.addresses(linkIndex)).toEqual([]);
    expect(await world.pod.addresses(ends.pod.index)).toEqual([]);
  });

  it('see a link run only when both ends are up', async () => {
    await using world = await openKernelLab('running');
    const { host } = await veth(world, HOST, 'eth0');
    expect(await world.host.untilRunning(host.index)).toBe(true);
    await world.podNamespace.exec(['ip', 'link', 'set', 'eth0', 'down']);
    expect(await world.host.untilRunning(host.index)).toBe(false);
    expect(await world.host.untilRunning(99)).toBe(false);
  });

  it('add addresses of both families that are usable at once', async () => {
    await using world = await openKernelLab('addresses');
    const { host } = await veth(world, HOST, 'eth0');
    const linkIndex = host.index;
    await applied(world.host, [
      { kind: 'replaceAddress', linkIndex, address: address('fe80::1'), prefixLength: 64 },
      { kind: 'replaceAddress', linkIndex, address: address('2001:db8::1'), prefixLength: 128 },
      { kind: 'replaceAddress', linkIndex, address: address('192.0.2.1'), prefixLength: 32 },
    ]);
    const [seen] = await ipJson(world.hostNamespace, 'address', 'show', 'dev', HOST);
    expect(seen?.addr_info).toMatchObject([
      { family: 'inet', local: '192.0.2.1', prefixlen: 32, scope: 'global' },
      { family: 'inet6', local: '2001:db8::1', prefixlen: 128, scope: 'global', nodad: true },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link', nodad: true },
    ]);
    expect(JSON.stringify(seen)).not.toContain('tentative');
    const listed = await world.host.addresses(linkIndex);
    expect(listed.map((entry) => [entry.address, entry.prefixLength, entry.scope, entry.tentative])).toEqual([
      ['192.0.2.1', 32, 'global', false],
      ['2001:db8::1', 128, 'global', false],
      ['fe80::1', 64, 'link', false],
    ]);
    expect((await world.host.addresses()).some((entry) => entry.linkIndex === 1)).toBe(true);
    expect(await world.host.addresses(4711)).toEqual([]);
    const gone = listed.map(({ address: own, prefixLength }): Change => {
      return { kind: 'deleteAddress', linkIndex, address: own, prefixLength };
    });
    expect(codes(await world.host.apply([...gone, ...gone]))).toEqual(Array(6).fill('ok'));
    expect(await world.host.addresses(linkIndex)).toEqual([]);
  });

  it.each([
    ['tentative', '2001:db8::7/128', ['ip', 'address', 'add', '2001:db8::7/128', 'dev', 'eth0']],
    ['of another prefix length', '2001:db8::7/64', ['ip', 'address', 'add', '2001:db8::7/64', 'dev', 'eth0', 'nodad']],
  ])('make an IPv6 address usable that is there but %s, and what was asked for behind it', async (_what, cidr, add) => {
    await using world = await openKernelLab('tentative');
    await applied(world.host, [
      {
        kind: 'createVeth',
        name: HOST,
        mac: '02:00:00:00:00:0a',
        mtu: 1400,
        peer: { name: 'eth0', mac: '02:00:00:00:01:0a', namespaceFd: world.pod.fd },
      },
    ]);
    const { index: linkIndex } = await linkOf(world.pod, 'eth0');
    await world.podNamespace.exec(['ip', 'link', 'set', 'eth0', 'up']); // Without carrier it stays tentative for ever.
    await world.podNamespace.exec(add);
    const before = (await world.pod.addresses(linkIndex)).find((entry) => entry.address === '2001:db8::7');
    expect(`${before?.address}/${before?.prefixLength}`).toBe(cidr);
    await applied(world.pod, [
      { kind: 'replaceAddress', linkIndex, address: address('2001:db8::7'), prefixLength: 128 },
      {
        kind: 'replaceRoute',
        destination: prefix('2001:db8:1::/64'),
        linkIndex,
        preferredSource: address('2001:db8::7'),
        protocol: 202,
      },
    ]);
    expect((await world.pod.addresses(linkIndex)).find((entry) => entry.address === '2001:db8::7')).toMatchObject({
      prefixLength: 128,
      tentative: false,
    });
  });

  it('leave a usable IPv6 address and the routes by it alone when it is set again', async () => {
    await using world = await openKernelLab('again');
    const { pod } = await veth(world, HOST, 'eth0');
    const own: Change = {
      kind: 'replaceAddress',
      linkIndex: pod.index,
      address: address('2001:db8::7'),
      prefixLength: 128,
    };
    await applied(world.pod, [own]);
    const connected = await ipJson(world.podNamespace, '-6', 'route', 'show', 'dev', 'eth0');
    await applied(world.pod, [own]);
    expect(await ipJson(world.podNamespace, '-6', 'route', 'show', 'dev', 'eth0')).toEqual(connected);
  });

  it('delete a link with its peer, and again', async () => {
    await using world = await openKernelLab('dellink');
    const { host } = await veth(world, HOST, 'eth0');
    await applied(world.host, [{ kind: 'deleteLink', linkIndex: host.index }]);
    expect([await world.host.link(HOST), await world.pod.link('eth0')]).toEqual([undefined, undefined]);
    await applied(world.host, [{ kind: 'deleteLink', linkIndex: host.index }]);
    expect((await world.host.links()).map((link) => link.name)).toEqual(['lo']);
  });

  it('say what the kernel says, for the change that it says it of, and carry out the others', async () => {
    await using world = await openKernelLab('refusals');
    const { host } = await veth(world, HOST, 'eth0');
    const results = await world.host.apply([
      { kind: 'replaceRoute', destination: prefix('192.0.2.1/32'), nextHopId: 77, protocol: 202 },
      { kind: 'replaceRoute', destination: prefix('192.0.2.2/32'), linkIndex: host.index, protocol: 202 },
      { kind: 'replaceAddress', linkIndex: 4711, address: address('192.0.2.9'), prefixLength: 32 },
      { kind: 'replaceRoute', destination: prefix('192.0.2.3/32'), linkIndex: host.index, protocol: 202 },
    ]);
    expect(results).toEqual([
      { ok: false, errno: 'EINVAL', message: 'Nexthop id does not exist' },
      { ok: true },
      { ok: false, errno: 'ENODEV', message: expect.stringContaining('') },
      { ok: true },
    ]);
    expect((await world.host.routes({ protocol: 202 })).map((route) => route.destination.network)).toEqual([
      '192.0.2.2',
      '192.0.2.3',
    ]);
  });

  it('get every refusal back of a thousand', async () => {
    await using world = await openKernelLab('thousand');
    const bad = Array.from({ length: 1000 }, (_, id): Change => {
      return {
        kind: 'replaceNextHop',
        id: id + 1,
        protocol: 202,
        family: 6,
        linkIndex: 4711,
        gateway: address('fe80::9'),
      };
    });
    expect(codes(await world.host.apply(bad))).toEqual(Array(1000).fill('EINVAL'));
  });
});
