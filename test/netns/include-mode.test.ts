import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodePlan } from '../lab/fabric.ts';
import { eventually, isRoot, Lab } from '../lab/lab.ts';
import { FlockNode, type LabPod } from '../lab/node.ts';
import { podManifest } from '../lab/pod-manifest.ts';
import { Router } from '../lab/router.ts';
import { expectFirstPackets } from './e2e/packets.ts';
import { healed, told } from './problems.ts';

const TOR = nodePlan(1);
const OWN = nodePlan(2);
const ADDRESSES = ['192.0.2.53', '2001:db8:ffff::53'];

/** What the operator has before flockd and with it; LINE is where the line goes that flockd needs. */
const HEAD = `
log stderr { warning, error, fatal, bug };
router id 10.0.1.1;
timeformat protocol iso long;
protocol device own_device { scan time 10; }
LINE
protocol static own_service { ipv4; route 198.51.100.0/24 blackhole; }
template bgp own_session {
	local as ${TOR.asn};
	connect delay time 1;
	connect retry time 1;
}
`;

const BEFORE = `${HEAD.replace('LINE', '')}
protocol bgp own from own_session {
	neighbor ${OWN.routerAddress} as 64600;
	ipv4 { import none; export where proto = "own_service"; next hop self; };
}
`;

/** With the filters of flockd used in both of the ways that docs/bird.md has. */
const AFTER = `${HEAD.replace('LINE', 'include "flock.conf";')}
protocol kernel own_kernel4 { merge paths on; ipv4 { import none; export filter flock_kernel4; }; }
protocol kernel own_kernel6 {
	merge paths on;
	ipv6 {
		import none;
		export filter {
			if proto = "flock_announce6" then reject;
			accept;
		};
	};
}
protocol bgp own from own_session {
	neighbor ${OWN.routerAddress} as 64600;
	ipv4 {
		import none;
		export filter {
			if proto = "own_service" then accept;
			if proto = "flock_summary4" || proto = "flock_announce4" then accept;
			reject;
		};
		next hop self;
	};
	ipv6 { import none; export filter flock_export6; next hop self; };
}
`;

describe.skipIf(!isRoot)("flockd below an operator's bird.conf (needs root)", () => {
  let lab: Lab;
  let node: FlockNode;
  let tor: Router;
  let own: Router;
  let pod: LabPod;

  const main = (): string => node.path('bird', 'bird.conf');
  const flock = (): Promise<string> => readFile(node.path('bird', 'flock.conf'), 'utf8');

  /** Everything about the operator's file that a write, a rename or a change of its mode would change. */
  async function mainStamp(): Promise<string> {
    const { ino, mtimeNs, ctimeNs, mode, uid, gid } = await stat(main(), { bigint: true });
    return [ino, mtimeNs, ctimeNs, mode, uid, gid, await readFile(main(), 'utf8')].join(' ');
  }

  /** The node's two sessions with the time since when they are up; fails unless both are. */
  async function sessions(): Promise<string> {
    const shown = await Promise.all(['tor', 'own'].map((name) => node.birdc(`show protocols ${name}`)));
    for (const text of shown) expect(text).toContain('Established');
    return shown.join('');
  }

  /** Waits until both routers have these host routes, or do not. */
  function atRouters(wanted: boolean): Promise<boolean> {
    return eventually(
      async () => {
        const all = [tor, own].flatMap((router) => ADDRESSES.map((address) => router.nextHops(address)));
        const hops = await Promise.all(all);
        if (hops.some((one) => one.length > 0 !== wanted)) throw new Error(JSON.stringify(hops));
        return true;
      },
      `both routers ${wanted ? 'have' : 'do not have'} ${ADDRESSES.join(' and ')}`,
    );
  }

  async function setReady(ready: boolean): Promise<void> {
    await node.writePod(podManifest({ ...pod.spec, ready }));
  }

  beforeAll(async () => {
    lab = await Lab.create('include-mode');
    const [nodeNamespace, torNamespace, ownNamespace] = await Promise.all(
      ['node1', 'tor', 'own'].map((label) => lab.namespace(label)),
    );
    if (!nodeNamespace || !torNamespace || !ownNamespace) throw new Error('a namespace is missing');
    await lab.connect(torNamespace, 'to-node1', nodeNamespace, 'uplink0', { a: TOR.link.router, b: TOR.link.node });
    await lab.connect(ownNamespace, 'to-node1', nodeNamespace, 'uplink1', { a: OWN.link.router, b: OWN.link.node });
    node = await FlockNode.create(lab, nodeNamespace, {
      pools: TOR.pools,
      advertise: { allow: [{ prefixes: ['192.0.2.0/24', '2001:db8:ffff::/48'], namespaces: ['*'] }] },
      bgp: {
        asn: TOR.asn,
        peers: [{ name: 'tor', address: TOR.routerAddress, asn: 64600, families: ['ipv4', 'ipv6'] }],
      },
    });
    await node.configure({ bird: { ...(node.config.bird as object), mode: 'include' } });
    const neighbour = (address: string) => [{ name: 'node1', address, asn: TOR.asn }];
    tor = await Router.start(lab, torNamespace, {
      ...{ asn: 64600, routerId: '10.0.0.254', neighbours: neighbour(TOR.nodeAddress) },
    });
    own = await Router.start(lab, ownNamespace, {
      ...{ asn: 64600, routerId: '10.0.0.253', neighbours: neighbour(OWN.nodeAddress) },
    });
    await node.startBird(BEFORE);
    await node.startDaemon();
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  it('says which line is missing in which file, and has flock.conf ready for it', async () => {
    const before = await mainStamp();
    await told(node, 'notIncluded', main(), 'put the line include "flock.conf"; into it');
    expect(await flock()).toContain('protocol bgp tor from flock_peer');
    await eventually(
      async () => (await node.birdc('show protocols own')).includes('Established'),
      'the own session is up',
    );
    expect(await node.birdc('show protocols')).not.toContain('flock_');
    expect(await node.flockctl(['check', '--config', node.path('flock.yaml')])).toContain(
      `BIRD accepts the result, but ${main()} does not include flock.conf`,
    );
    expect(await mainStamp()).toBe(before);
  });

  it('comes into force by itself when the operator has put the line in', async () => {
    await writeFile(main(), AFTER);
    await healed(node);
    await eventually(async () => sessions().catch(() => false), 'both sessions are up');
    expect(await node.flockctl(['check', '--config', node.path('flock.yaml')])).toMatch(/BIRD accepts the result\n/);
    const rendered = await node.flockctl(['render', '--config', node.path('flock.yaml')]);
    expect(rendered).toContain(`# ${node.path('bird', 'flock.conf')}\n`);
    expect(rendered).toContain(await flock());
    await eventually(async () => {
      const pools = await Promise.all(
        [tor, own].map(async (router) => (await router.kernelRoutes()).map(({ dst }) => dst)),
      );
      return pools.every((one) => Object.values(TOR.pools).every((pool) => one.includes(pool)));
    }, 'both routers have the pools');
  });

  it("announces to the operator's session and to the peer of flock.yaml, with packets that arrive, and withdraws", async () => {
    pod = await node.runPod({ name: 'web', annotations: { anycast: ADDRESSES.join(', ') }, ready: true });
    await atRouters(true);
    await expectFirstPackets(tor.namespace, ...ADDRESSES);
    await expectFirstPackets(own.namespace, ...ADDRESSES);
    // A route of BIRD's to the bare device would win over that of flockd for IPv6 and find no neighbour there.
    for (const [index, address] of ADDRESSES.entries()) {
      const family = index === 0 ? '-4' : '-6';
      const { stdout } = await node.namespace.exec(['ip', family, 'route', 'show', address]);
      expect(stdout).toContain('proto 202');
      expect(stdout).not.toContain('proto bird');
    }
    expect(await node.birdc('show route protocol own_service')).toContain('198.51.100.0/24');
    await setReady(false);
    await atRouters(false);
    await setReady(true);
    await atRouters(true);
  });

  it('refuses a template with its line, and touches neither sessions nor announcements nor the file of the operator', async () => {
    const before = { main: await mainStamp(), sessions: await sessions(), flock: await flock() };
    const extra = node.path('templates', 'partials', 'extra.hbs');
    await node.namespace.exec(['mkdir', '-p', node.path('templates', 'partials')]);
    await writeFile(extra, '# fine\nprotocol static own_service { ipv4; }\n');
    await told(node, 'configurationRefused', `${main()}:`, 'BIRD takes it with', `comes from ${extra}:2`);
    await writeFile(extra, '# fine\nprotocol static tor { ipv4; }\n');
    await told(node, 'configurationRefused', `${extra}:2`);
    expect({ main: await mainStamp(), sessions: await sessions(), flock: await flock() }).toEqual(before);
    await atRouters(true);
    await writeFile(extra, '# fine\nprotocol static extra_service { ipv4; }\n');
    await healed(node);
    await eventually(async () => (await node.birdc('show protocols')).includes('extra_service'), 'BIRD runs it');
    expect({ main: await mainStamp(), sessions: await sessions() }).toEqual({
      main: before.main,
      sessions: before.sessions,
    });
  });

  it("goes on through the operator's own reloads", async () => {
    const before = { main: await mainStamp(), sessions: await sessions() };
    expect(await node.birdc('configure')).toContain('Reconfigured');
    process.kill(node.bird.pid, 'SIGHUP');
    await setReady(false);
    await atRouters(false);
    await setReady(true);
    await atRouters(true);
    await healed(node);
    expect({ main: await mainStamp(), sessions: await sessions() }).toEqual(before);
  });

  it("names the file and the line of the operator's mistake, and goes on when it is mended", async () => {
    const before = await sessions();
    const text = await readFile(main(), 'utf8');
    await writeFile(main(), `${text}protocol nonsense;\n`);
    await setReady(false);
    const line = text.split('\n').length;
    await told(node, 'configurationRefused', `${main()}:${line}:`, 'is yours');
    await writeFile(main(), text);
    await atRouters(false);
    await setReady(true);
    await atRouters(true);
    await healed(node);
    expect(await sessions()).toBe(before);
  });

  it('leaves everything as it is when it stops and starts again', async () => {
    const before = { main: await mainStamp(), sessions: await sessions(), flock: await flock() };
    await node.stopDaemon();
    await atRouters(true);
    await node.startDaemon();
    await healed(node);
    await setReady(false);
    await atRouters(false);
    expect({ main: await mainStamp(), sessions: await sessions(), flock: await flock() }).toEqual(before);
  });
});
