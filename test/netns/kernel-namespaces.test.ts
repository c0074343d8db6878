import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FlockError } from '../../src/errors.ts';
import { openKernel } from '../../src/kernel/kernel.ts';
import { type Change, type HostInterest, KernelError } from '../../src/kernel/ports.ts';
import { eventually, isRoot } from '../lab/lab.ts';
import { address, prefix } from '../unit/model/fixtures.ts';
import { applied, openKernelLab, veth } from './kernel-lab.ts';

function refusal(work: () => unknown): FlockError {
  try {
    work();
  } catch (error) {
    if (error instanceof FlockError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** All of the host concerns. */
const INTEREST: HostInterest = { protocol: 202, kindOf: () => 'host', ownerOf: () => 'claim' };

/** Descriptors of this process that lead to network namespaces or netlink sockets are what must not leak. */
function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe.skipIf(!isRoot)('network namespaces (needs root)', () => {
  it('refuse every path that leads to none, naming path and reason, and stay where they are', async () => {
    await using world = await openKernelLab('hostile');
    const at = (name: string): string => join(world.lab.dir, name);
    writeFileSync(at('regular'), '');
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('fifo')]);
    symlinkSync(at('loop'), at('loop'));
    symlinkSync(at('nowhere'), at('dangling'));
    const server = createServer().listen(at('socket'));
    const cases: [string, RegExp][] = [
      [at('regular'), /not a network namespace/],
      [at('folder'), /folder, device, FIFO or socket/],
      [at('fifo'), /folder, device, FIFO or socket/],
      [at('socket'), /folder, device, FIFO or socket/],
      ['/dev/null', /folder, device, FIFO or socket/],
      [at('nowhere'), /no such file/],
      [at('dangling'), /no such file/],
      [at('loop'), /no such file/],
      [at('regular/below'), /no such file/],
      [`/${'x'.repeat(300)}`, /no such file/],
      ['/proc/4194305/ns/net', /no such file/],
      ['/proc/self/ns/mnt', /not a network namespace/],
      ['', /absolute/],
      ['run/netns/x', /absolute/],
      ['/run/netns/a\0b', /absolute/],
      ['/proc/self/ns/net', /of the host itself/],
      [world.hostNamespace.path, /of the host itself/],
    ];
    const before = readlinkSync('/proc/thread-self/ns/net');
    const descriptors = openDescriptors();
    for (const [path, reason] of cases) {
      const error = refusal(() => world.kernel.openNamespace(path));
      expect([error.code, error.message], path).toEqual(['sandboxUnknown', expect.stringMatching(reason)]);
      // A long one is cut.
      expect(error.message).toContain(JSON.stringify(path).slice(0, 40));
    }
    expect(readlinkSync('/proc/thread-self/ns/net')).toBe(before);
    expect(openDescriptors()).toBe(descriptors);
    server.close();
  });

  it('open by any path to the same namespace, and show that it is the same', async () => {
    await using world = await openKernelLab('paths');
    const sleeper = world.lab.spawn(world.podNamespace, ['sleep', '60']);
    const path = `/proc/${sleeper.pid}/ns/net`;
    // Until `ip netns exec` has entered, the process is still in ours.
    const other = await eventually(() => world.kernel.openNamespace(path), 'the process is in its namespace');
    expect(other.inode).toBe(world.pod.inode);
    expect(other.fd).not.toBe(world.pod.fd);
    sleeper.kill('SIGKILL');
    await sleeper.exited;
    expect(refusal(() => world.kernel.openNamespace(path)).code).toBe('sandboxUnknown');
    expect((await other.links()).map((link) => link.name)).toEqual(['lo']);
    other.close();
  });

  it('keep working through an open handle when they are deleted, and vanish with the veth when it is closed', async () => {
    await using world = await openKernelLab('deleted');
    const { pod } = await veth(world, 'flock0000000a', 'eth0');
    world.lab.deleteNamespace(world.podNamespace);
    expect(refusal(() => world.kernel.openNamespace(world.podNamespace.path)).code).toBe('sandboxUnknown');
    await applied(world.pod, [
      { kind: 'replaceAddress', linkIndex: pod.index, address: address('2001:db8::2'), prefixLength: 128 },
    ]);
    world.pod.writeSysctl('net/ipv4/conf/eth0/forwarding', '1');
    expect(world.pod.readSysctl('net/ipv4/conf/eth0/forwarding')).toBe('1');
    expect(await world.host.link('flock0000000a')).toBeDefined();
    world.pod.close();
    await eventually(
      async () => (await world.host.link('flock0000000a')) === undefined,
      'the veth goes with its namespace',
    );
  });

  it('give no descriptor, and do nothing, once their handle is closed', async () => {
    await using world = await openKernelLab('closed');
    const handle = world.kernel.openNamespace(world.podNamespace.path);
    const waiting = handle.links();
    handle.close();
    handle.close();
    await expect(waiting).rejects.toThrow(KernelError);
    await expect(handle.links()).rejects.toThrow('closed');
    await expect(handle.apply([{ kind: 'deleteLink', linkIndex: 9 }])).rejects.toThrow('closed');
    expect(() => handle.fd).toThrow(KernelError);
    expect(() => handle.readSysctl('net/ipv4/ip_forward')).toThrow(KernelError);
    expect((await world.pod.links()).map((link) => link.name)).toEqual(['lo']);
  });

  it('leave no descriptor behind', async () => {
    await using world = await openKernelLab('descriptors');
    const before = openDescriptors();
    for (let i = 0; i < 50; i += 1) {
      const handle = world.kernel.openNamespace(world.podNamespace.path);
      await handle.links();
      handle.close();
      const kernel = openKernel({ hostNamespace: world.hostNamespace.path });
      kernel.onHostChange(INTEREST, () => {});
      await kernel.host.links();
      kernel.close();
      expect(() => kernel.openNamespace(world.podNamespace.path)).toThrow('closed');
    }
    expect(openDescriptors()).toBe(before);
  });

  it('read the same sysctl again as it is then, also of an interface that goes, comes again or is renamed', async () => {
    await using world = await openKernelLab('sysctls-again');
    const { host, hostNamespace } = world;
    const before = openDescriptors();
    for (const value of ['0', '1', '0']) {
      host.writeSysctl('net/ipv4/ip_forward', value);
      expect(host.readSysctlAgain('net/ipv4/ip_forward')).toBe(value);
    }
    expect(world.pod.readSysctlAgain('net/ipv4/ip_forward')).toBe('0');
    const ip = (...command: string[]) => hostNamespace.exec(['ip', 'link', ...command]);
    const path = 'net/ipv4/conf/some0/proxy_arp';
    for (const value of ['1', '0']) {
      expect(host.readSysctlAgain(path)).toBeUndefined();
      await ip('add', 'some0', 'type', 'bridge');
      host.writeSysctl(path, value);
      expect([host.readSysctlAgain(path), host.readSysctlAgain(path)]).toEqual([value, value]);
      await ip('set', 'some0', 'name', 'other0');
      expect(host.readSysctlAgain(path)).toBeUndefined();
      expect(host.readSysctlAgain('net/ipv4/conf/other0/proxy_arp')).toBe(value);
      await ip('del', 'other0');
    }
    expect(() => host.readSysctlAgain('net/../kernel/hostname')).toThrow(KernelError);
    const many = Array.from({ length: 100 }, (_, n) => `link add some${n} type bridge\n`).join('');
    await hostNamespace.exec(['ip', '-batch', '-'], { stdin: many });
    for (let n = 0; n < 100; n += 1) expect(host.readSysctlAgain(`net/ipv4/conf/some${n}/proxy_arp`)).toBe('0');
    expect(openDescriptors() - before).toBeLessThan(70);
  });

  it('read and write sysctls of their own, and name what cannot be read or written', async () => {
    await using world = await openKernelLab('sysctls');
    const path = 'net/ipv4/conf/lo/proxy_arp';
    world.pod.writeSysctl(path, '1');
    expect([world.host.readSysctl(path), world.pod.readSysctl(path)]).toEqual(['0', '1']);
    expect((await world.podNamespace.exec(['cat', `/proc/sys/${path}`])).stdout).toBe('1\n');
    expect(world.pod.readSysctl('net/ipv4/conf/absent/proxy_arp')).toBeUndefined();
    expect(() => world.pod.writeSysctl('net/ipv4/conf/absent/proxy_arp', '1')).toThrow(
      /absent\/proxy_arp to "1": ENOENT/,
    );
    expect(() => world.pod.writeSysctl('net/ipv6/conf/lo/disable_ipv6', 'maybe')).toThrow(/"maybe": EINVAL/);
    for (const bad of ['net/../kernel/hostname', '../etc/passwd', '/net/ipv4/ip_forward', 'net//ipv4', 'a\0b', '']) {
      expect(() => world.pod.readSysctl(bad), bad).toThrow(KernelError);
      expect(() => world.pod.writeSysctl(bad, '1'), bad).toThrow(KernelError);
    }
  });

  it('end the process at once when there is no way back', async () => {
    await using world = await openKernelLab('abort');
    const source = new URL('../../src/kernel/', import.meta.url).href;
    const script = `
      import { closeSync } from 'node:fs';
      import { inside, openNamespacePath, ownNamespace } from '${source}namespace.ts';
      const pod = openNamespacePath(${JSON.stringify(world.podNamespace.path)});
      closeSync(ownNamespace().fd);
      try { inside(pod, () => {}); } catch {}
      console.log('still here');
    `;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect([child.signal, child.stdout]).toEqual(['SIGABRT', '']);
    expect(child.stderr).toContain("cannot return to the host's network namespace (EBADF), aborting");
  });

  it('are asked many things at once, by several callers, without mixing them up', async () => {
    await using world = await openKernelLab('parallel');
    const { host } = await veth(world, 'flock0000000a', 'eth0');
    const batch = (from: number): Change[] =>
      Array.from({ length: 300 }, (_, i) => ({
        kind: 'replaceRoute',
        destination: prefix(
          `198.18.${from}.${i % 256}/${i < 256 ? 32 : 31}`.replace(/(\d+)\/31$/, (_t, n) => `${Number(n) & 254}/31`),
        ),
        linkIndex: host.index,
        scope: 'link',
        protocol: 202,
      }));
    const answers = await Promise.all([
      ...[1, 2, 3, 4].map(async (from) => (await world.host.apply(batch(from))).every((result) => result.ok)),
      ...[1, 2, 3].map(async () => (await world.host.routes()).length >= 0),
      ...[1, 2, 3].map(async () => (await world.host.links()).length === 2),
      world.host.link('lo').then((link) => link?.index === 1),
      world.host.link('absent').then((link) => link === undefined),
    ]);
    expect(answers).toEqual(answers.map(() => true));
    const expected = new Set(
      [1, 2, 3, 4].flatMap((from) =>
        batch(from).map((change) => JSON.stringify('destination' in change && change.destination)),
      ),
    );
    expect(await world.host.routes({ protocol: 202 })).toHaveLength(expected.size);
  });
});

describe.skipIf(!isRoot)('link changes (needs root)', () => {
  it('are announced for links that appear, change and go, in the host only', async () => {
    await using world = await openKernelLab('events');
    let calls = 0;
    const stop = world.kernel.onHostChange(INTEREST, () => {
      calls += 1;
    });
    const next = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const before = calls;
      await work();
      await eventually(() => calls > before, what);
    };
    const { host } = await veth(world, 'flock0000000a', 'eth0');
    await next('the alias', () => world.host.apply([{ kind: 'setLink', linkIndex: host.index, alias: 'x' }]));
    await next('the carrier', () => world.podNamespace.exec(['ip', 'link', 'set', 'eth0', 'down']));
    await next('the end', () => world.podNamespace.exec(['ip', 'link', 'delete', 'eth0']));
    stop();
    const quiet = calls;
    await world.hostNamespace.exec(['ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls).toBe(quiet);
  });

  it('are announced after so many that the kernel had to drop some, and go on', async () => {
    await using world = await openKernelLab('overrun');
    await veth(world, 'flock0000000a', 'eth0');
    let calls = 0;
    world.kernel.onHostChange(INTEREST, () => {
      calls += 1;
    });
    // Synchronous: nothing is read meanwhile, and 6,000 messages do not fit 4 MiB.
    const commands = Array.from({ length: 6000 }, (_, i) => `link set flock0000000a alias n${i}\n`).join('');
    execFileSync('ip', ['-n', world.hostNamespace.name, '-batch', '-'], { input: commands });
    await eventually(() => calls > 0, 'the listener is called');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = calls;
    await world.hostNamespace.exec(['ip', 'link', 'set', 'flock0000000a', 'alias', 'last']);
    await eventually(() => calls > before, 'the listener is called after the overrun');
  });
});
