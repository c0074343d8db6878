import { readFile } from 'node:fs/promises';
import { RawNetlinkSocket } from 'netlink/dist/raw.js';
import { describe, expect, it } from 'vitest';
import { encodeLinkRequest } from '../../src/kernel/codec/link.ts';
import { MessageWriter } from '../../src/kernel/codec/writer.ts';
import { inside, openNamespacePath } from '../../src/kernel/namespace.ts';
import { openNetlinkSocket } from '../../src/kernel/netlink/socket.ts';
import { FakeKernel } from '../fakes/kernel.ts';
import { eventually, isRoot } from '../lab/lab.ts';
import { prefix } from '../unit/model/fixtures.ts';
import { openKernelLab } from './kernel-lab.ts';

const NETLINK_ROUTE = 0;

describe.skipIf(!isRoot)('the netlink socket (needs root)', () => {
  it('hears the kernel and nobody else, though anybody in the pod can write to it', async () => {
    await using world = await openKernelLab('forged');
    const namespace = openNamespacePath(world.podNamespace.path);
    const heard: Buffer[] = [];
    const transport = openNetlinkSocket(namespace, {
      onDatagram: (datagram) => heard.push(datagram),
      onFailure: (reason) => {
        throw new Error(reason);
      },
    });
    const { stdout } = await world.podNamespace.exec(['cat', '/proc/net/netlink']);
    const ports = stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1] === '0' && fields[2] !== '0')
      .map((fields) => Number(fields[2]));
    expect(ports.length).toBeGreaterThanOrEqual(2);
    const forger = inside(
      namespace,
      () => new RawNetlinkSocket(NETLINK_ROUTE, { recvBufferSize: 0, sendBufferSize: 0 }),
    );
    const forgeries = ports.map(
      (port) =>
        new Promise<void>((resolve, reject) => {
          forger.send(Buffer.from('forged'), { port }, (error) => (error === undefined ? resolve() : reject(error)));
        }),
    );
    await Promise.all(forgeries);
    const writer = new MessageWriter(64);
    encodeLinkRequest(writer, 'lo', 1);
    transport.send(writer.datagram());
    await eventually(() => heard.length > 0, 'the kernel answers');
    expect(heard.map((datagram) => datagram.toString('latin1').includes('forged'))).toEqual([false]);
    expect((await world.pod.links()).map((link) => link.name)).toEqual(['lo']);
    forger.close();
    transport.close();
    namespace.close();
  });

  it('finds its own descriptor while other threads open files', async () => {
    await using world = await openKernelLab('threads');
    let opening = true;
    const busy = Array.from({ length: 4 }, async () => {
      while (opening) await readFile('/proc/self/stat');
    });
    for (let i = 0; i < 200; i += 1) {
      const handle = world.kernel.openNamespace(world.podNamespace.path);
      // The kernel's sentence comes only where the socket's options have been set on the right descriptor.
      const [result] = await handle.apply([
        { kind: 'replaceRoute', destination: prefix('192.0.2.1/32'), nextHopId: 77, protocol: 202 },
      ]);
      expect(result).toMatchObject({ ok: false, message: 'Nexthop id does not exist' });
      handle.close();
    }
    opening = false;
    await Promise.all(busy);
  });
});

describe.skipIf(!isRoot)('the fake kernel’s sysctls (needs root)', () => {
  it('are all there in the real one, and go with their interface in both', async () => {
    await using world = await openKernelLab('fake-sysctls');
    const fake = new FakeKernel();
    fake.addNamespace(world.podNamespace.path);
    for (const kernel of [world.kernel, fake]) {
      using stack = new DisposableStack();
      const pod = kernel.openNamespace(world.podNamespace.path);
      stack.defer(() => pod.close());
      const peer = { name: 'eth0', mac: '02:00:00:00:00:02', namespaceFd: pod.fd };
      const create = { kind: 'createVeth' as const, name: 'flock0000000a', mac: '02:00:00:00:00:01', mtu: 1500, peer };
      expect(await kernel.host.apply([create])).toEqual([{ ok: true }]);
    }
    const paths = [...fake.host.tables.sysctls.keys()];
    expect(paths.filter((path) => path.includes('flock0000000a')).length).toBeGreaterThan(5);
    expect(paths.filter((path) => world.host.readSysctl(path) === undefined)).toEqual([]);
    for (const { host } of [world.kernel, fake]) {
      const link = await host.link('flock0000000a');
      await host.apply([{ kind: 'deleteLink', linkIndex: link?.index ?? 0 }]);
      expect(host.readSysctl('net/ipv4/conf/flock0000000a/proxy_arp')).toBeUndefined();
      expect(() => host.writeSysctl('net/ipv4/conf/flock0000000a/proxy_arp', '1')).toThrow(/proxy_arp/);
    }
  });
});
