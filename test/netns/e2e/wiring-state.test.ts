import { beforeAll, describe, expect, it } from 'vitest';
import { isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { addressesOf, ip, linkOf, routesOf, sysctl } from './kernel-state.ts';
import { lonelyWorld } from './nodes.ts';

const ANYCAST = ['192.0.2.10', '2001:db8:ffff::10'];
const EXTRA = ['192.0.2.11', '2001:db8:ffff::11'];

describe.skipIf(!isRoot)('what ip shows right after ADD (needs root)', () => {
  const world = lonelyWorld('wiring-state');
  let pod: LabPod;
  let device: string;

  beforeAll(async () => {
    const { node } = world();
    // The host's own eth0 must not matter: neither its name, nor that it is there.
    await node.namespace.exec(['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'other0']);
    pod = await node.runPod({ name: 'web', annotations: { anycast: ANYCAST.join(), addresses: EXTRA.join() } });
    device = pod.result.interfaces[0]?.name ?? '';
  });

  it('Host: flock<8hex> is up, a veth whose other end is in the sandbox, with the pod in its alias', async () => {
    const host = await linkOf(world().node.namespace, device);
    const inside = await linkOf(pod.namespace, 'eth0');
    expect(device).toMatch(/^flock[0-9a-f]{8}$/);
    expect(host.flags).toEqual(expect.arrayContaining(['UP', 'LOWER_UP']));
    expect(host.operstate).toBe('UP');
    expect([host.link_index, inside.link_index]).toEqual([inside.ifindex, host.ifindex]);
    expect(host.ifalias).toBe(`flock ${pod.request.containerId} eth0 default/web flock`);
  });

  it('an interface of the host that is called eth0 stays as it was', async () => {
    const own = await linkOf(world().node.namespace, 'eth0');
    expect(own.flags).not.toContain('UP');
    expect(addressesOf(own)).toEqual([]);
  });

  it('Host: no kernel link-local address, fe80::1/64 usable at once (no duplicate-address wait)', async () => {
    const host = await linkOf(world().node.namespace, device);
    expect(addressesOf(host)).toEqual(['fe80::1/64 link']);
  });

  it.each([
    ['net/ipv4/conf/DEVICE/proxy_arp', '1'],
    ['net/ipv4/conf/DEVICE/forwarding', '1'],
    ['net/ipv6/conf/DEVICE/forwarding', '1'],
    ['net/ipv4/neigh/DEVICE/proxy_delay', '0'],
    ['net/ipv4/ip_forward', '1'],
    ['net/ipv6/conf/all/forwarding', '1'],
  ])('Host: sysctls proxy_arp=1, forwarding on, also for the whole host: %s is %s', async (path, value) => {
    expect(await sysctl(world().node.namespace, path.replace('DEVICE', device))).toBe(value);
  });

  it('Host: <ip6>/128 and <ip4>/32 on that device, link scope, with our route protocol', async () => {
    const { namespace } = world().node;
    const [four, six] = [await routesOf(namespace, 4, 'dev', device), await routesOf(namespace, 6, 'dev', device)];
    expect(four.map(({ dst, scope, protocol }) => ({ dst, scope, protocol }))).toContainEqual({
      dst: pod.ip4,
      scope: 'link',
      protocol: '202',
    });
    expect(six).toContainEqual(expect.objectContaining({ dst: pod.ip6, protocol: '202' }));
    for (const route of [...four, ...six].filter(({ dst }) => dst === pod.ip4 || dst === pod.ip6)) {
      expect(route).not.toHaveProperty('gateway');
    }
  });

  it('Pod: eth0 up with <ip6>/128 (no duplicate-address wait), <ip4>/32 and its addresses, all global scope', async () => {
    const inside = await linkOf(pod.namespace, 'eth0');
    expect(inside.flags).toEqual(expect.arrayContaining(['UP', 'LOWER_UP']));
    const wanted = [`${pod.ip6}/128`, `${pod.ip4}/32`, `${EXTRA[0]}/32`, `${EXTRA[1]}/128`];
    expect(addressesOf(inside)).toEqual(wanted.map((address) => `${address} global`).sort());
  });

  it('Pod: anycast addresses on lo (up), as /32 and /128, global scope', async () => {
    const lo = await linkOf(pod.namespace, 'lo');
    expect(lo.flags).toContain('UP');
    expect(addressesOf(lo)).toEqual(
      [`${ANYCAST[0]}/32 global`, `${ANYCAST[1]}/128 global`, '127.0.0.1/8 host', '::1/128 host'].sort(),
    );
  });

  it('Pod: default via fe80::1; link-scope route to 169.254.1.1, default via it; nothing else', async () => {
    const [six, four] = [await routesOf(pod.namespace, 6), await routesOf(pod.namespace, 4)];
    const seen = (routes: typeof six) =>
      routes.map(({ dst, gateway, dev, scope, prefsrc }) => ({ dst, gateway, dev, scope, prefsrc }));
    expect(seen(six)).toEqual([{ dst: 'default', gateway: 'fe80::1', dev: 'eth0', scope: 'global', prefsrc: pod.ip6 }]);
    expect(seen(four)).toEqual([
      { dst: 'default', gateway: '169.254.1.1', dev: 'eth0', scope: 'global', prefsrc: pod.ip4 },
      { dst: '169.254.1.1', gateway: undefined, dev: 'eth0', scope: 'link', prefsrc: undefined },
    ]);
  });

  it("Pod: permanent neighbour entries lead both gateways to the host's end", async () => {
    const host = await linkOf(world().node.namespace, device);
    const entries = await ip<{ dst: string; lladdr: string; state: string[] }>(pod.namespace, 'neigh', 'show');
    for (const gateway of ['fe80::1', '169.254.1.1']) {
      const expected = expect.objectContaining({ dst: gateway, lladdr: host.address, state: ['PERMANENT'] });
      expect(entries).toContainEqual(expected);
    }
  });

  it('the result lists the interfaces, addresses and routes that the kernel has', async () => {
    const host = await linkOf(world().node.namespace, device);
    const inside = await linkOf(pod.namespace, 'eth0');
    expect(pod.result.interfaces).toEqual([
      { name: device, mac: host.address, mtu: host.mtu },
      { name: 'eth0', mac: inside.address, mtu: inside.mtu, sandbox: pod.namespace.path },
    ]);
    expect(pod.result.ips).toEqual([
      { interface: 1, address: `${pod.ip6}/128`, gateway: 'fe80::1' },
      { interface: 1, address: `${pod.ip4}/32`, gateway: '169.254.1.1' },
    ]);
    expect(pod.result.routes).toEqual([
      { dst: '::/0', gw: 'fe80::1' },
      { dst: '169.254.1.1/32', scope: 253 },
      { dst: '0.0.0.0/0', gw: '169.254.1.1' },
    ]);
  });
});
