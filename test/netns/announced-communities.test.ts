import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNOUNCEMENTS_FILE } from '../../src/bird/names.ts';
import { renderAnnouncements } from '../../src/bird/render/announcements.ts';
import { createConfigRenderer } from '../../src/bird/render/render.ts';
import { eventually, isRoot, Lab, type LabBird, type Namespace } from '../lab/lab.ts';
import { config, facts, peer } from '../unit/bird/fixtures.ts';
import { address, community } from '../unit/model/fixtures.ts';

const DEVICES = ['flock0000000a', 'flock0000000b'];
const V4 = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
const V6 = ['2001:db8:ffff::1', '2001:db8:ffff::2', '2001:db8:ffff::3'];

const session = (name: string, local: string, neighbour: string): string => `
protocol bgp ${name} {
	local ${local} as 64600;
	neighbor ${neighbour} as 64601;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export none; };
	ipv6 { import all; export none; };
}`;

const ROUTER = `
log stderr { warning, error, fatal, bug };
router id 10.0.0.254;
protocol device {}
${session('plain', '10.0.0.254', '10.0.0.1')}
${session('marked', '10.0.0.253', '10.0.0.2')}
`;

/** Communities by address; an address that is missing here has none. */
type Marks = Readonly<Record<string, readonly string[]>>;

function announcements(marks: Marks, devices: readonly string[] = DEVICES): string {
  const nextHops = devices.map((device) => ({ via: address('10.1.1.2'), interface: device }));
  return renderAnnouncements(
    [...V4, ...V6].map((text) => {
      return { address: address(text), nextHops, communities: (marks[text] ?? []).map(community) };
    }),
  );
}

describe.skipIf(!isRoot)('communities on single routes, in a real BIRD and its routers (needs root)', () => {
  let lab: Lab;
  let router: LabBird;
  let node: LabBird;
  let nodeNamespace: Namespace;
  let file: string;

  beforeAll(async () => {
    lab = await Lab.create('communities');
    nodeNamespace = await lab.namespace('node');
    const routerNamespace = await lab.namespace('router');
    await lab.connect(nodeNamespace, 'uplink0', routerNamespace, 'down0', {
      a: ['10.0.0.1/24', '10.0.0.2/24', '2001:db8::1/64'],
      b: ['10.0.0.254/24', '10.0.0.253/24', '2001:db8::fe/64'],
    });
    for (const device of DEVICES) {
      await lab.connect(nodeNamespace, device, await lab.namespace(device), 'eth0');
    }
    router = await lab.bird(routerNamespace, ROUTER);
    const families = [4, 6] as const;
    const peers = [
      peer('plain', '10.0.0.254', { families }),
      peer('marked', '10.0.0.253', {
        families,
        export: {
          communities: [{ asn: 64601, value: 1 }],
          largeCommunities: [{ asn: 64601, data1: 1, data2: 1 }],
          med: 7,
        },
      }),
    ];
    const text = createConfigRenderer(undefined).render({
      config: config({ peers }),
      facts: facts({ plain: '10.0.0.1', marked: '10.0.0.2' }),
    });
    const folder = join(lab.dir, 'node-bird');
    mkdirSync(folder);
    file = join(folder, ANNOUNCEMENTS_FILE);
    writeFileSync(file, announcements({}));
    const paths = { configPath: join(folder, 'bird.conf'), socket: join(folder, 'bird.ctl') };
    node = await lab.bird(nodeNamespace, text, paths);
    for (const name of ['plain', 'marked']) {
      await eventually(async () => Object.keys(await received(name)).length === 8, `${name} has everything`);
    }
  });

  afterAll(() => lab?.[Symbol.asyncDispose]());

  /** Attributes of the routes that the router has from a session, by network, as BIRD prints them. */
  async function received(name: string): Promise<Record<string, Record<string, string>>> {
    const routes: Record<string, Record<string, string>> = {};
    let network = '';
    for (const line of (await router.birdc(`show route protocol ${name} all`)).split('\n')) {
      network = /^([0-9a-f][0-9a-f.:]*\/\d+) /.exec(line)?.[1] ?? network;
      const [, attribute, value] = /^\t(?:BGP\.|bgp_)(\w+): ?(.*)$/.exec(line) ?? [];
      if (network !== '' && attribute !== undefined) routes[network] = { ...routes[network], [attribute]: value ?? '' };
    }
    return routes;
  }

  /** Routes that the router has been told over a session, both families, and since when the session is up. */
  async function heard(name: string): Promise<{ updates: number; withdraws: number; since: string }> {
    const text = await router.birdc(`show protocols all ${name}`);
    const sum = (what: string) =>
      [...text.matchAll(new RegExp(`Import ${what}: +(\\d+)`, 'g'))].reduce(
        (total, found) => total + Number(found[1]),
        0,
      );
    // Without the milliseconds: BIRD works them out anew for each answer, and is off by one now and then.
    const since = /^\S+ +BGP +\S+ +up +(.+?)(?:\.\d+)? +Established/m.exec(text)?.[1] ?? 'down';
    return { updates: sum('updates'), withdraws: sum('withdraws'), since };
  }

  const both = async () => ({ plain: await heard('plain'), marked: await heard('marked') });

  /** Gives BIRD these announcements, and waits until each router has been told of `changes` routes, and of no more. */
  async function give(text: string, changes: number): Promise<void> {
    const before = await both();
    writeFileSync(file, text);
    expect(await node.birdc('configure')).toContain('Reconfigured');
    await node.birdc('show status');
    const settled = async () => {
      const now = await both();
      for (const name of ['plain', 'marked'] as const) {
        const more = now[name].updates - before[name].updates;
        if (more < changes) throw new Error(`${name} was told of ${more}`);
      }
      return now;
    };
    const after = await eventually(settled, `both sessions carry ${changes} changes`);
    // A change too many would come with the others, or in the next turn of BIRD's loop.
    await node.birdc('show status');
    await router.birdc('show status');
    const last = await both();
    for (const name of ['plain', 'marked'] as const) {
      expect(last[name]).toEqual({ ...before[name], updates: before[name].updates + changes });
    }
    expect(last).toEqual(after);
  }

  it('a route that has none is as before, and both routers see what a peer adds to all of its routes', async () => {
    const [plain, marked] = [await received('plain'), await received('marked')];
    for (const text of [...V4, ...V6]) {
      const network = `${text}/${text.includes(':') ? 128 : 32}`;
      expect(plain[network]?.community).toBeUndefined();
      expect(plain[network]?.large_community).toBeUndefined();
      expect(marked[network]).toMatchObject({ community: '(64601,1)', large_community: '(64601, 1, 1)', med: '7' });
    }
  });

  it('arrive through both sessions in both families, beside what the peer adds, and on no other route', async () => {
    const marks = ['64600:100', '65535:65281', '64600:1:100', '4294967295:0:4294967295'];
    await give(announcements({ '192.0.2.1': marks, '2001:db8:ffff::2': marks }), 2);
    const [plain, marked] = [await received('plain'), await received('marked')];
    for (const network of ['192.0.2.1/32', '2001:db8:ffff::2/128']) {
      expect(plain[network]).toMatchObject({
        community: '(64600,100) (65535,65281)',
        large_community: '(64600, 1, 100) (4294967295, 0, 4294967295)',
      });
      expect(marked[network]).toMatchObject({
        community: '(64600,100) (64601,1) (65535,65281)',
        large_community: '(64600, 1, 100) (64601, 1, 1) (4294967295, 0, 4294967295)',
        med: '7',
      });
    }
    for (const network of ['192.0.2.2/32', '10.1.1.0/24', '2001:db8:ffff::1/128', '2001:db8:1:1::/64']) {
      expect(plain[network]?.community).toBeUndefined();
      expect(marked[network]?.community).toBe('(64601,1)');
    }
  });

  it('tell the routers of a changed route alone, whatever changes in it, and of nothing when nothing does', async () => {
    let now: Marks = { '192.0.2.1': ['64600:100'], '192.0.2.2': ['64600:100', '64600:1:100'] };
    writeFileSync(file, announcements(now));
    await node.birdc('configure');
    await eventually(
      async () => (await received('plain'))['2001:db8:ffff::2/128']?.community === undefined,
      'the marks of before are gone',
    );
    await give(announcements(now), 0);
    const steps: [string, string[]][] = [
      ['192.0.2.1', ['64600:101']],
      ['192.0.2.1', ['64600:101', '64600:102']],
      ['192.0.2.1', ['64600:102']],
      ['192.0.2.2', ['64600:100', '64600:1:101']],
      ['192.0.2.2', ['64600:100', '64600:2:101']],
      ['192.0.2.2', ['64600:100']],
      ['192.0.2.2', ['64600:1:100']],
      ['192.0.2.2', []],
      ['2001:db8:ffff::3', ['64600:1:100']],
      ['2001:db8:ffff::3', ['64600:1:4294967295']],
    ];
    for (const [on, marks] of steps) {
      now = { ...now, [on]: marks };
      await give(announcements(now), 1);
      await give(announcements(now), 0);
    }
  });

  it('stay through a change of the devices, and a device that goes takes a route with them', async () => {
    const marks = { '192.0.2.3': ['64600:100', '64600:1:100'] };
    writeFileSync(file, announcements(marks, DEVICES.slice(0, 1)));
    expect(await node.birdc('configure')).toContain('Reconfigured');
    const found = await eventually(async () => {
      const route = (await received('plain'))['192.0.2.3/32'];
      return route?.community === '(64600,100)' ? route : undefined;
    }, 'the router has the mark');
    expect(found).toMatchObject({ large_community: '(64600, 1, 100)' });
    expect(await node.birdc('show route 192.0.2.3/32 all')).toMatch(/dev flock0000000a\n/);
    await nodeNamespace.exec(['ip', 'link', 'delete', DEVICES[0] ?? '']);
    await eventually(
      async () => (await received('plain'))['192.0.2.3/32'] === undefined,
      'the router has lost the route',
    );
  });
});
