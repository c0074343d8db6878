import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab, type LabBird, type Namespace } from '../lab/lab.ts';
import { FlockNode } from '../lab/node.ts';
import { offeringSession } from './offering-session.ts';

const WRONG = 'wrong-horse-battery';
const RIGHT = "right horse; it's {a} #secret";

/** Addresses of the router, one for each session, and of the node on the same link. */
const LINK = {
  router: ['10.0.1.254/24', '10.0.1.253/24', '10.0.1.252/24', '10.0.1.251/24', '10.0.1.250/24', '2001:db8:0:1::fe/64'],
  node: ['10.0.1.1/24', '10.0.1.2/24', '10.0.1.3/24', '10.0.1.4/24', '10.0.1.5/24', '2001:db8:0:1::1/64'],
};

/** Offers default routes, what the node asks for, and parts of the node's own networks and pools. Speaks BFD on one session. */
const ROUTER = `
log stderr { warning, error, fatal, bug };
router id 10.0.1.254;
protocol device {}
protocol bfd {}
protocol static offer4 {
	ipv4;
	route 0.0.0.0/0 unreachable;
	route 10.0.1.128/25 unreachable;
	route 10.1.1.128/25 unreachable;
	route 10.2.0.0/16 unreachable;
	route 203.0.113.0/24 unreachable;
	route 203.0.113.128/25 unreachable;
}
protocol static offer6 {
	ipv6;
	route ::/0 unreachable;
	route 2001:db8:0:1:8000::/65 unreachable;
	route 2001:db8:1:1:8000::/65 unreachable;
	route 2001:db8:cafe::/48 unreachable;
	route 2001:db8:cafe:1::/64 unreachable;
}
${offeringSession('outer', '10.0.1.254 as 64600', '10.0.1.1 as 64601', 'bfd on;')}
${offeringSession('inner', '10.0.1.253 as 64601', '10.0.1.2 as 64601')}
${offeringSession('near', '10.0.1.252 as 64600', '10.0.1.3 as 64601', 'ttl security on;')}
${offeringSession('far', '10.0.1.250 as 64600', '10.0.1.5 as 64601')}
${offeringSession('locked', '10.0.1.251 as 64600', '10.0.1.4 as 64601', `password "${RIGHT}";`)}
`;

const families = ['ipv4', 'ipv6'];

function peers(passwordFile: string): object[] {
  const outside = { asn: 64600, families };
  return [
    {
      ...outside,
      name: 'outer',
      address: '10.0.1.254',
      sourceAddress: '10.0.1.1',
      description: 'with everything that a route can carry',
      bfd: true,
      importPrefixes: ['203.0.113.0/24', '10.0.0.0/8+', '2001:db8::/32+'],
      export: { communities: ['64601:100', '65535:0'], largeCommunities: ['64601:1:4294967295'], med: 50, prepend: 2 },
      ipv6: { export: { med: 60 } },
    },
    {
      ...outside,
      name: 'inner',
      asn: 64601,
      address: '10.0.1.253',
      sourceAddress: '10.0.1.2',
      export: { localPreference: 250 },
    },
    { ...outside, name: 'near', address: '10.0.1.252', sourceAddress: '10.0.1.3', ttlSecurity: true, bfd: true },
    { ...outside, name: 'far', address: '10.0.1.250', sourceAddress: '10.0.1.5', ttlSecurity: true, import: 'none' },
    { ...outside, name: 'locked', address: '10.0.1.251', sourceAddress: '10.0.1.4', passwordFile, import: 'none' },
  ];
}

/** What a node announces here: its pools, and the addresses of one pod. */
const ANNOUNCED = ['10.1.1.0/24', '192.0.2.53/32', '2001:db8:1:1::/64', '2001:db8:ffff::53/128'];

describe.skipIf(!isRoot)('the options of peers, between a real flockd, its BIRD and a real router (needs root)', () => {
  let lab: Lab;
  let routerNamespace: Namespace;
  let router: LabBird;
  let node: FlockNode;
  let passwordFile: string;

  beforeAll(async () => {
    lab = await Lab.create('peer-options');
    routerNamespace = await lab.namespace('router');
    const namespace = await lab.namespace('node1');
    await lab.connect(routerNamespace, 'to-node1', namespace, 'uplink0', { a: LINK.router, b: LINK.node });
    router = await lab.bird(routerNamespace, ROUTER);
    passwordFile = `${lab.dir}/tor-password`;
    await writeFile(passwordFile, `${WRONG}\n`, { mode: 0o600 });
    node = await FlockNode.create(lab, namespace, {
      pools: { ipv4: '10.1.1.0/24', ipv6: '2001:db8:1:1::/64' },
      advertise: { allow: [{ prefixes: ['192.0.2.0/24', '2001:db8:ffff::/48'], namespaces: ['*'] }] },
      bgp: { asn: 64601, peers: peers(passwordFile) },
    });
    await node.startBird();
    await node.startDaemon();
    await node.runPod({ name: 'dns', annotations: { anycast: '192.0.2.53,2001:db8:ffff::53' } });
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  /**
   * Sessions that are up for the node. The router may believe in one without `ttlSecurity` on its side for a moment: its
   * first message can lie in the node's socket before BIRD, having accepted it, sets the least TTL.
   */
  const established = async (): Promise<string[]> => (await establishedLines()).map((line) => line.split(' ')[0] ?? '');

  const establishedLines = async (): Promise<string[]> =>
    (await node.birdc('show protocols')).split('\n').filter((line) => line.includes('Established'));

  /** Waits until exactly these sessions are up. */
  const sessions = (...names: string[]): Promise<unknown> =>
    eventually(
      async () => {
        const up = (await established()).sort().join(' ');
        return up === [...names].sort().join(' ') || Promise.reject(new Error(`up are: ${up}`));
      },
      `exactly ${names.join(', ')} are up`,
    );

  /** Attributes of the routes that the router has from a session: by network, each attribute as BIRD prints it. */
  async function received(name: string): Promise<Record<string, Record<string, string>>> {
    const routes: Record<string, Record<string, string>> = {};
    let network = '';
    for (const line of (await router.birdc(`show route protocol ${name} all`)).split('\n')) {
      network = /^([0-9a-f][0-9a-f.:]*\/\d+) /.exec(line)?.[1] ?? network;
      const [, attribute, value] = /^\tBGP\.([a-z_]+): ?(.*)$/.exec(line) ?? [];
      if (attribute !== undefined) routes[network] = { ...routes[network], [attribute]: value?.trim() ?? '' };
    }
    return routes;
  }

  /** Waits until the router has everything that the node announces over a session. */
  async function complete(name: string): Promise<Record<string, Record<string, string>>> {
    return eventually(
      async () => {
        const routes = await received(name);
        const has = Object.keys(routes).sort().join(' ');
        return has === ANNOUNCED.join(' ') ? routes : Promise.reject(new Error(`${name} has ${has}`));
      },
      `${name} has ${ANNOUNCED.join(' ')}`,
    );
  }

  /** A counter of the kernel, such as `TCPMD5Failure` (`TcpExt` in /proc/net/netstat). */
  async function counter(namespace: Namespace, name: string): Promise<number> {
    const lines = (await namespace.exec(['cat', '/proc/net/netstat'])).stdout.split('\n');
    const [names = [], values = []] = lines.filter((line) => line.startsWith('TcpExt:')).map((line) => line.split(' '));
    expect(names).toContain(name);
    return Number(values[names.indexOf(name)]);
  }

  async function nodeRoutes(name: string): Promise<string[]> {
    const text = await node.birdc(`show route protocol ${name}`);
    return [...text.matchAll(/^([0-9a-f][0-9a-f.:]*\/\d+) /gm)].map((match) => match[1] ?? '').sort();
  }

  it('an external router sees communities, large communities, MED and a longer path on all routes of both families', async () => {
    const routes = await complete('outer');
    for (const [network, route] of Object.entries(routes)) {
      expect(route, network).toMatchObject({
        as_path: '64601 64601 64601',
        community: '(64601,100) (65535,0)',
        large_community: '(64601, 1, 4294967295)',
        med: network.includes(':') ? '60' : '50',
      });
    }
  });

  it('an internal router sees our local preference, an unchanged path and nothing of what others see', async () => {
    const routes = await complete('inner');
    for (const [network, route] of Object.entries(routes)) {
      expect(route, network).toMatchObject({ as_path: '', local_pref: '250' });
      expect(Object.keys(route), network).not.toEqual(expect.arrayContaining(['community']));
      expect(route.med, network).toBeUndefined();
    }
  });

  it('the default route of an internal router leads to it, in the kernel too', async () => {
    await eventually(async () => {
      const { stdout } = await node.namespace.exec(['ip', '-4', 'route', 'show', 'default']);
      return /via 10\.0\.1\.253/.test(stdout) && !stdout.includes('unreachable') ? true : undefined;
    }, 'a default route via the internal router');
  });

  it('takes the prefixes that are asked for, and never our networks and pools although they lie inside', async () => {
    await eventually(async () => (await nodeRoutes('outer')).length === 4, 'four routes from the router');
    expect(await nodeRoutes('outer')).toEqual([
      '10.2.0.0/16',
      '2001:db8:cafe:1::/64',
      '2001:db8:cafe::/48',
      '203.0.113.0/24',
    ]);
  });

  it('ttlSecurity speaks with a router that does the same, and takes nothing from one that does not', async () => {
    await complete('near');
    await eventually(async () => (await counter(node.namespace, 'TCPMinTTLDrop')) > 0, 'the kernel drops a low TTL');
    expect(await established()).not.toContain('far');
  });

  it('bfd leaves the session with a router alone that does not speak it', async () => {
    expect(await node.birdc('show bfd sessions')).toMatch(/10\.0\.1\.252 +uplink0 +Down/);
    expect(await established()).toContain('near');
  });

  it('a wrong password keeps a session down, and the right one in the same file brings it up', async () => {
    await sessions('outer', 'inner', 'near');
    await eventually(
      async () => (await counter(routerNamespace, 'TCPMD5Failure')) > 0,
      'the router refuses the wrong key',
    );
    await writeFile(passwordFile, `${RIGHT}\n`);
    await node.configure({ mtu: 1400 });
    await sessions('outer', 'inner', 'near', 'locked');
    await complete('locked');
  });

  it('shows no password, in render, status, the log or a foreign eye on bird.conf', async () => {
    const config = node.path('bird', 'bird.conf');
    expect(await readFile(config, 'utf8')).toContain(`password "${RIGHT}";`);
    expect((await stat(config)).mode & 0o007).toBe(0);
    const shown = await Promise.all([
      node.flockctl(['render']),
      node.flockctl(['render', '--json']),
      node.flockctl(['render', '--config', node.path('flock.yaml')]),
      node.flockctl(['status', '--json']),
      node.flockctl(['check', '--json', '--config', node.path('flock.yaml')]),
    ]);
    expect(shown[0]).toContain('password "********";');
    expect(shown[2]).toContain('password "********";');
    expect(shown[4]).toContain('accepted');
    const everything = [...shown, node.daemon.stdout(), node.daemon.stderr()].join('\n');
    for (const secret of [WRONG, RIGHT, 'battery', '#secret']) expect(everything).not.toContain(secret);
  });

  it('refuses a password file that others may read, says which, and leaves the sessions as they are', async () => {
    const since = await establishedLines();
    expect(since).toHaveLength(4);
    await chmod(passwordFile, 0o644);
    await node.configure({ mtu: 1300 });
    const problem = await eventually(async () => {
      const status = (await node.flockctlJson('status')) as { problems: { code: string; message: string }[] };
      return status.problems.find(({ message }) => message.includes('passwordFile'));
    }, 'status names the password file');
    expect(problem.message).toContain(
      `bgp.peers.locked.passwordFile: ${passwordFile} must be readable only by its owner`,
    );
    expect(JSON.stringify(problem)).not.toContain('horse');
    expect(await establishedLines()).toEqual(since);
  });

  it('bfd ends the session with a router that has died silently, long before the hold time', async () => {
    await eventually(async () => /10\.0\.1\.254 +uplink0 +Up/.test(await node.birdc('show bfd sessions')), 'BFD is up');
    process.kill(router.pid, 'SIGSTOP');
    try {
      await eventually(async () => !(await established()).includes('outer'), 'the session with BFD is given up');
      expect(await established()).toContain('inner');
    } finally {
      process.kill(router.pid, 'SIGCONT');
    }
  });
});
