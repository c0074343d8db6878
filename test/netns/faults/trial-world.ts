import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { apiGet } from '../../../src/api/client.ts';
import { isStatusJson } from '../../../src/api/shape.ts';
import type { ChangeJson, StatusJson } from '../../../src/api/types.ts';
import { eventually, type Lab, type LabBird } from '../../lab/lab.ts';
import { FlockNode, type LabPod } from '../../lab/node.ts';
import { RouteMonitor } from '../../lab/route-monitor.ts';
import { fileWorld } from '../file-world.ts';

/** `bird.confirmTimeout`: the shortest that there is. BIRD's own timer runs ten seconds longer. */
export const CONFIRM_SECONDS = 5;
const NODE_ASN = 64601;
export const ROUTER_ASN = 64600;
const POOLS = { ipv4: '10.1.1.0/24', ipv6: '2001:db8:1:1::/64' };
export const STEADY = ['192.0.2.250', '2001:db8:ffff::250'];
/** Longest that a session of the lab needs to come back and bring everything, in milliseconds. */
const SESSION_MS = 30_000;

/** The peers of the node, by the name of the router and of the session. */
export type RouterName = 'tor1' | 'tor2';
const LINKS: Readonly<Record<RouterName, { router: string; node: string; link: { a: string[]; b: string[] } }>> = {
  tor1: {
    router: '10.0.1.254',
    node: '10.0.1.1',
    link: { a: ['10.0.1.254/24', '2001:db8:0:1::fe/64'], b: ['10.0.1.1/24', '2001:db8:0:1::1/64'] },
  },
  tor2: {
    router: '10.0.2.254',
    node: '10.0.2.1',
    link: { a: ['10.0.2.254/24', '2001:db8:0:2::fe/64'], b: ['10.0.2.1/24', '2001:db8:0:2::1/64'] },
  },
};

/** Keys of `bgp.peers` of the first router; the second one is never changed. */
export type Tor1Keys = Readonly<Record<string, unknown>>;

/** A node with sessions to two routers, of which the first is the one that changes are about. */
export interface TrialWorld {
  readonly lab: Lab;
  readonly node: FlockNode;
  readonly routers: Readonly<Record<RouterName, LabBird>>;
  /** What the routers' kernels are told to change. */
  readonly monitors: Readonly<Record<RouterName, RouteMonitor>>;
  /** A pod that stays ready all the time. */
  readonly steady: LabPod;
}

/** The world of a test file. @param bird keys of the configuration's `bird`, beside those of the world. */
export function trialWorld(purpose: string, bird: Record<string, unknown> = {}): () => TrialWorld {
  return fileWorld(purpose, (lab) => build(lab, bird));
}

async function build(lab: Lab, bird: Record<string, unknown>): Promise<TrialWorld> {
  const namespace = await lab.namespace('node1');
  const [tor1, tor2] = [await startRouter('tor1'), await startRouter('tor2')];
  const node = await FlockNode.create(lab, namespace, {
    pools: POOLS,
    advertise: { allow: [{ prefixes: ['192.0.2.0/24', '2001:db8:ffff::/48'], namespaces: ['*'] }] },
    bgp: bgpWith({}),
  });
  const rules = { allowSessionReset: true, confirmTimeout: CONFIRM_SECONDS, ...bird };
  await node.configure({ bird: { ...Object(node.config.bird), ...rules } });
  await node.startBird();
  await node.startDaemon();
  const steady = await node.runPod({ name: 'steady', annotations: { anycast: STEADY.join() }, ready: true });
  const world = {
    ...{ lab, node, steady },
    routers: { tor1: tor1.bird, tor2: tor2.bird },
    monitors: { tor1: tor1.monitor, tor2: tor2.monitor },
  };
  await told(world, STEADY);
  await settled(world);
  return world;

  async function startRouter(name: RouterName): Promise<{ bird: LabBird; monitor: RouteMonitor }> {
    const at = await lab.namespace(name);
    const { link } = LINKS[name];
    await lab.connect(at, 'node1', namespace, name, link);
    return { bird: await lab.bird(at, routerConfig(name)), monitor: await RouteMonitor.start(lab, at) };
  }
}

function routerConfig(name: RouterName): string {
  const { router, node } = LINKS[name];
  return `
log stderr { warning, error, fatal, bug };
router id ${router};
protocol device {}
protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }
protocol kernel { ipv6 { import none; export where source = RTS_BGP; }; }
protocol bgp node1 {
	local ${router} as ${ROUTER_ASN};
	neighbor ${node} as ${NODE_ASN};
	connect delay time 1; connect retry time 1; error wait time 1, 1;
	ipv4 { import all; export none; };
	ipv6 { import all; export none; };
}
`;
}

/** The key `bgp` with these keys of the first peer. */
export function bgpWith(tor1: Tor1Keys): Record<string, unknown> {
  const families = ['ipv4', 'ipv6'];
  const peers = [
    { name: 'tor1', address: LINKS.tor1.router, asn: ROUTER_ASN, families, ...tor1 },
    { name: 'tor2', address: LINKS.tor2.router, asn: ROUTER_ASN, families },
  ];
  return { asn: NODE_ASN, routerId: '10.0.1.1', peers };
}

/** Changes of the first peer: a good one that resets its session, and one that it never comes back from. */
export const goodReset = (holdTime: number): Tor1Keys => ({ holdTime });
export const WRONG_AS: Tor1Keys = { asn: 64999 };

/** Edits `flock.yaml`. */
export async function edit({ node }: TrialWorld, tor1: Tor1Keys): Promise<void> {
  await node.configure({ bgp: bgpWith(tor1) });
}

/** `flockctl status --json`, without the cost of a process for each question. */
export function statusOf({ node }: Pick<TrialWorld, 'node'>): Promise<StatusJson> {
  return apiGet(node.path('flock.sock'), '/v1/status', { accepts: isStatusJson });
}

export async function changeOf(world: TrialWorld): Promise<ChangeJson | null> {
  return (await statusOf(world)).bird.change;
}

/** Waits until a change is in this state; null: until there is none. */
export function changeIs(world: TrialWorld, state: ChangeJson['state'] | null, timeoutMs?: number): Promise<unknown> {
  return eventually(
    async () => {
      const change = await changeOf(world);
      if ((change?.state ?? null) === state) return { change };
      throw new Error(JSON.stringify(change));
    },
    `the change is ${state ?? 'over'}`,
    timeoutMs,
  );
}

/** Edits, and returns when the change is on trial. */
export async function onTrial(world: TrialWorld, tor1: Tor1Keys): Promise<void> {
  await edit(world, tor1);
  await changeIs(world, 'verifying');
}

/** Networks that a router has from the node. */
async function tableOf(router: LabBird): Promise<string[]> {
  const text = await router.birdc('show route protocol node1');
  return [...text.matchAll(/^([0-9a-f][0-9a-f.:]*)\/\d+ /gm)].map(([, address = '']) => address).sort();
}

/** Waits until the routers have the pools and exactly these addresses of the node. */
export function told({ routers }: Pick<TrialWorld, 'routers'>, addresses: readonly string[]): Promise<unknown> {
  const wanted = [...Object.values(POOLS).map((pool) => pool.split('/')[0] ?? ''), ...addresses].sort().join(' ');
  return eventually(
    async () => {
      for (const [name, router] of Object.entries(routers)) {
        const has = (await tableOf(router)).join(' ');
        if (has !== wanted) throw new Error(`${name} has ${has}`);
      }
      return true;
    },
    `the routers have ${wanted}`,
    SESSION_MS,
  );
}

const BESIDE = ['unconfirmed', 'new'];

/** The session of the first peer as the `bird.conf` on the disk has it, and as BIRD runs it. */
export interface InForce {
  readonly file: string;
  readonly running: string;
}

/** What of the first session differs between the changes of these tests: the neighbour's AS and the hold time. */
export async function tor1InForce({ node }: TrialWorld): Promise<InForce> {
  const text = readFileSync(node.path('bird', 'bird.conf'), 'utf8');
  const session = /^protocol bgp tor1 [\s\S]*?^\}/m.exec(text)?.[0] ?? '';
  const shown = await node.birdc('show protocols all tor1');
  const hold = /Hold timer:\s+\S+?\/(\d+)/.exec(shown)?.[1] ?? 'no';
  return {
    file: `AS ${/ as (\d+);\s*$/m.exec(session.replace(/local [^;]*;/, ''))?.[1]}, hold time ${/hold time (\d+);/.exec(session)?.[1] ?? '30'}`,
    running: `AS ${/Neighbor AS:\s+(\d+)/.exec(shown)?.[1]}, hold time ${hold}`,
  };
}

/** Waits until all is at rest: no change, no problem, and nothing of a trial beside the files. */
export async function settled({ node }: Pick<TrialWorld, 'node'>, timeoutMs = SESSION_MS): Promise<void> {
  await eventually(
    async () => {
      const { problems, bird } = await statusOf({ node });
      const up = bird.peers.every(({ state }) => state === 'Established');
      if (problems.length > 0 || bird.change !== null || !up) throw new Error(JSON.stringify({ problems, bird }));
      // A flockd that has just been started may have its trial still before it.
      expectNothingLeft(node);
      return true;
    },
    'nothing is wrong and nothing on trial',
    timeoutMs,
  );
}

function expectNothingLeft(node: FlockNode): void {
  const left = BESIDE.filter((ending) => existsSync(`${node.path('bird', 'bird.conf')}.${ending}`));
  expect(left, 'nothing of a trial is left').toEqual([]);
}

/** Routes of the pods and pools that a router's kernel has lost since the start of the world. */
export function lostBy({ monitors }: TrialWorld, name: RouterName, since = 0): string[] {
  const lost = monitors[name].events(since).filter(({ text }) => text.startsWith('Deleted '));
  return lost.map(({ text }) => text).filter((text) => /proto bird/.test(text));
}

/** Waits until BIRD and the disk have the same of the first session, and it is this. */
export function inForce(world: TrialWorld, asn: number, holdTime: number): Promise<unknown> {
  const wanted = `AS ${asn}, hold time ${holdTime}`;
  return eventually(
    async () => {
      const { file, running } = await tor1InForce(world);
      if (file === wanted && running === wanted) return true;
      throw new Error(`on the disk: ${file}; in force: ${running}`);
    },
    `in force and on the disk: ${wanted}`,
    SESSION_MS,
  );
}

/**
 * Takes back what a test has edited, and waits until all is as in the beginning: what BIRD and the disk have, the state,
 * and the tables of the routers. @param addresses what pods claim that are ready then.
 */
export async function takeBack(world: TrialWorld, addresses: readonly string[] = STEADY): Promise<void> {
  await edit(world, {});
  await inForce(world, ROUTER_ASN, 30);
  await settled(world);
  await told(world, addresses);
}
