import { describe, expect, it } from 'vitest';
import { openKernel } from '../../src/kernel/kernel.ts';
import type { Kernel } from '../../src/kernel/ports.ts';
import type { HostLinks } from '../../src/routes/desired.ts';
import { HostRoutes } from '../../src/routes/host-routes.ts';
import { eventually, isRoot, Lab, type Namespace } from '../lab/lab.ts';
import { RouteMonitor, wallClock } from '../lab/route-monitor.ts';
import { address } from '../unit/model/fixtures.ts';
import { decisions, PROTOCOL } from '../unit/routes/fixtures.ts';

const SERVICE4 = '192.0.2.53';
const SERVICE6 = '2001:db8:ffff::53';
const SERVICES = [SERVICE4, SERVICE6];

interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly host: Namespace;
  readonly pods: readonly Namespace[];
  readonly kernel: Kernel;
}

/** A host with three pods, wired as the wiring room does; each has both services on its loopback. */
async function world(): Promise<World> {
  const lab = await Lab.create('routes');
  try {
    const host = await lab.namespace('host');
    await host.exec(['ip', '-batch', '-'], {
      stdin: 'addr add 10.0.0.1/32 dev lo\naddr add 2001:db8:0:1::1/128 dev lo\n',
    });
    const pods: Namespace[] = [];
    for (const number of [1, 2, 3]) {
      const pod = await lab.namespace(`pod${number}`);
      const [ip4, ip6, name] = [`10.1.1.${number + 1}`, `2001:db8:1:1::${number}`, `flock0000000${number}`];
      await lab.connect(host, name, pod, 'eth0', { a: ['fe80::1/64'], b: [`${ip4}/32`, `${ip6}/128`] });
      const onHost = [
        `route add ${ip4}/32 dev ${name} scope link proto 202`,
        `route add ${ip6}/128 dev ${name} proto 202`,
      ];
      const inPod = ['route add 10.0.0.1 dev eth0 scope link', 'route add default via fe80::1 dev eth0'];
      const claims = [`addr add ${SERVICE4}/32 dev lo`, `addr add ${SERVICE6}/128 dev lo`];
      await host.exec(['ip', '-batch', '-'], { stdin: `${onHost.join('\n')}\n` });
      await pod.exec(['ip', '-batch', '-'], { stdin: `${[...inPod, ...claims].join('\n')}\n` });
      pods.push(pod);
    }
    const kernel = openKernel({ hostNamespace: host.path });
    return {
      lab,
      host,
      pods,
      kernel,
      [Symbol.asyncDispose]: async () => {
        kernel.close();
        await lab[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

async function linksOf({ kernel }: World): Promise<HostLinks> {
  return new Map((await kernel.host.links()).map((link) => [link.name, link]));
}

/** One entry of `ip -j route show`. */
interface Shown {
  readonly gateway?: string;
  readonly dev?: string;
  readonly protocol?: string;
  readonly metric?: number;
  readonly flags?: readonly string[];
  readonly nhid?: number;
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev: string; readonly flags: readonly string[] }[];
}

async function shown({ host }: World, target: string): Promise<Shown[]> {
  const { stdout } = await host.exec(['ip', '-j', target.includes(':') ? '-6' : '-4', 'route', 'show', target]);
  return JSON.parse(stdout);
}

/** Devices through which the one route to an address leads, in order. */
async function devices(there: World, target: string): Promise<string[]> {
  const [route, ...more] = await shown(there, target);
  expect(more).toEqual([]);
  if (route === undefined) return [];
  return (route.nexthops ?? [{ dev: route.dev ?? '' }]).map(({ dev }) => dev).sort();
}

async function everything({ host }: World): Promise<string> {
  const commands = [['-4', 'route'], ['-6', 'route'], ['nexthop']];
  const texts = await Promise.all(commands.map((command) => host.exec(['ip', ...command, 'show'])));
  return texts.map(({ stdout }) => stdout).join('');
}

async function ping({ host }: World, target: string): Promise<void> {
  const source = target.includes(':') ? '2001:db8:0:1::1' : '10.0.0.1';
  await host.exec(['ping', '-n', '-c', '1', '-W', '2', '-I', source, target]);
}

const both = (pods: readonly number[]) => decisions({ [SERVICE4]: pods, [SERVICE6]: pods });

describe.skipIf(!isRoot)('host routes in the kernel (needs root)', () => {
  it('lead to one pod by a plain onlink route with our protocol and metric, and packets pass', async () => {
    await using there = await world();
    const routes = new HostRoutes(there.kernel.host, PROTOCOL);
    expect(await routes.install(both([1]), await linksOf(there))).toEqual(new Map());
    expect(await shown(there, SERVICE4)).toMatchObject([
      { gateway: '10.1.1.2', dev: 'flock00000001', protocol: '202', flags: ['onlink'] },
    ]);
    expect(await shown(there, SERVICE6)).toMatchObject([
      { gateway: '2001:db8:1:1::1', dev: 'flock00000001', protocol: '202', metric: 20, flags: ['onlink'] },
    ]);
    for (const target of SERVICES) await ping(there, target);
  });

  it('lead to several pods by one route through a nexthop group, in both families, and keep the survivor', async () => {
    await using there = await world();
    const routes = new HostRoutes(there.kernel.host, PROTOCOL);
    expect(await routes.install(both([1, 2]), await linksOf(there))).toEqual(new Map());
    for (const target of SERVICES) {
      const [route] = await shown(there, target);
      expect(route?.protocol).toBe('202');
      expect(route?.nhid).toBeGreaterThanOrEqual(202 * 2 ** 20);
      expect(route?.nexthops).toMatchObject([{ flags: ['onlink'] }, { flags: ['onlink'] }]);
      expect(await devices(there, target)).toEqual(['flock00000001', 'flock00000002']);
    }

    // Nobody is told: what the kernel does by itself is what saves the traffic while the daemon is stopped.
    await there.host.exec(['ip', 'link', 'delete', 'flock00000001']);
    for (const target of SERVICES) {
      expect(await devices(there, target)).toEqual(['flock00000002']);
      await ping(there, target);
    }

    const links = await linksOf(there);
    expect([...routes.forgetLinks(links)].sort()).toEqual(SERVICES);
    expect(await routes.install(both([2]), links)).toEqual(new Map());
    expect(await shown(there, SERVICE4)).toMatchObject([
      { gateway: '10.1.1.3', dev: 'flock00000002', flags: ['onlink'] },
    ]);
    expect((await there.host.exec(['ip', 'nexthop', 'show'])).stdout).toBe('');
    for (const target of SERVICES) await ping(there, target);
  });

  it('follow every change of the pods without ever being absent, and leave nothing behind', async () => {
    await using there = await world();
    const before = await everything(there);
    const links = await linksOf(there);
    const routes = new HostRoutes(there.kernel.host, PROTOCOL);
    const monitor = await RouteMonitor.start(there.lab, there.host);
    const since = wallClock();
    for (const pods of [[1], [1, 2], [2, 3], [1, 2, 3], [3], [2], [1, 3]]) {
      expect(await routes.install(both(pods), links)).toEqual(new Map());
      for (const target of SERVICES) {
        expect(await devices(there, target)).toEqual(pods.map((number) => `flock0000000${number}`));
        await ping(there, target);
      }
    }
    expect(await routes.remove(SERVICES.map(address))).toEqual(new Map());
    expect(await everything(there)).toBe(before);
    const deletions = () => {
      const texts = monitor.events(since).map(({ text }) => text);
      return SERVICES.map((target) => texts.filter((text) => text.startsWith(`Deleted ${target} `)).length);
    };
    // Replaced seven times, and deleted once: at the end.
    await eventually(() => deletions().every((count) => count > 0), 'both routes are seen to go');
    expect(deletions()).toEqual([1, 1]);
  });

  it('are found again by a restarted daemon, which touches nothing that is right and nothing of others', async () => {
    await using there = await world();
    const links = await linksOf(there);
    const foreign = [
      'nexthop add id 5 via 10.1.1.4 dev flock00000003 onlink proto static',
      'nexthop add id 6 group 5 proto static',
      'route add 198.51.100.1/32 nhid 6 proto static',
      'route add 198.51.100.2/32 via 10.1.1.4 dev flock00000003 onlink proto bird metric 32',
      'route add 2001:db8:eeee::1/128 via 2001:db8:1:1::3 dev flock00000003 onlink proto static',
    ];
    await there.host.exec(['ip', '-batch', '-'], { stdin: `${foreign.join('\n')}\n` });
    const clean = await everything(there);
    const wanted = decisions({ [SERVICE4]: [1, 2], [SERVICE6]: [1, 2], '192.0.2.54': [3] });
    await new HostRoutes(there.kernel.host, PROTOCOL).install(wanted, links);
    const installed = await everything(there);

    const restarted = new HostRoutes(there.kernel.host, PROTOCOL);
    const found = await restarted.resync(links);
    expect(found).toEqual(new Map(wanted.map((decision) => [decision.address, decision.nextHops])));
    expect(await restarted.install(wanted, links)).toEqual(new Map());
    expect(await everything(there)).toBe(installed);
    expect(await restarted.remove(found.keys())).toEqual(new Map());
    expect(await everything(there)).toBe(clean);
  });

  it('win over the device routes with metric 32 that a BIRD may export to the kernel', async () => {
    await using there = await world();
    await new HostRoutes(there.kernel.host, PROTOCOL).install(both([1]), await linksOf(there));
    const rivals = SERVICES.map((target) => `route add ${target} dev flock00000002 proto bird metric 32`);
    await there.host.exec(['ip', '-batch', '-'], { stdin: `${rivals.join('\n')}\n` });
    for (const target of SERVICES) {
      expect((await there.host.exec(['ip', 'route', 'get', target])).stdout).toContain('dev flock00000001');
      await ping(there, target);
    }
  });

  it('never overwrite the route of another program to the same address', async () => {
    await using there = await world();
    const theirs = [
      `route add ${SERVICE4} dev flock00000003 proto static`,
      `route add ${SERVICE6} dev flock00000003 proto static metric 20`,
    ];
    await there.host.exec(['ip', '-batch', '-'], { stdin: `${theirs.join('\n')}\n` });
    const before = await everything(there);
    const routes = new HostRoutes(there.kernel.host, PROTOCOL);
    const failures = await routes.install(both([1]), await linksOf(there));
    expect([...failures.keys()]).toEqual(SERVICES);
    expect(failures.get(address(SERVICE4))).toContain('another program has a route to it');
    expect(await everything(there)).toBe(before);
  });
});
