import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DIST } from '../lab/cni.ts';
import { Lab } from '../lab/lab.ts';
import { FlockNode } from '../lab/node.ts';
import type { AddSamples, AddTask, Rival } from './add-worker.ts';
import type { BenchOptions } from './bench.ts';
import { median, percentile, short, table } from './statistics.ts';

/** Where Debian's containernetworking-plugins puts the standard plugins. */
const STANDARD_PLUGINS = '/usr/lib/cni';
/** The number of pods that the kubelet allows on a node by default (`maxPods`). */
const BURST = 110;
const WORKER_DEADLINE_MS = 300_000;

interface Mode {
  name: 'ipv4' | 'dual';
  /** ptp waits for duplicate-address detection in every dual-stack ADD, so that few rounds take long and scatter little. */
  rounds: number;
  warmUp: number;
  goal: number;
}

const MODES: readonly Mode[] = [
  { name: 'ipv4', rounds: 60, warmUp: 5, goal: 0.6 },
  { name: 'dual', rounds: 10, warmUp: 1, goal: 0.01 },
];
const BURST_GOAL = 3;

/** Our times over the peer's: below 1 we are faster. For the burst, our pods per second over the peer's. */
interface ModeResult {
  flock: Summary;
  ptp: Summary;
  ratio: { add: number; reply: number; del: number; burstAdd: number; burstDel: number };
  goal: { add: number; burstAdd: number };
}

type Summary = ReturnType<typeof summary>;

function summary(samples: AddSamples) {
  const { pods, addMs, delMs } = samples.burst;
  const statistics = (values: readonly number[]) => ({ median: median(values), p99: percentile(values, 0.99) });
  return {
    rounds: samples.addMs.length,
    addMs: statistics(samples.addMs),
    replyMs: statistics(samples.replyMs),
    delMs: statistics(samples.delMs),
    firstPackets: { sent: samples.sent, lost: samples.lost },
    burst: { pods, addPodsPerSecond: (pods * 1000) / addMs, delPodsPerSecond: (pods * 1000) / delMs },
  };
}

/** The peer's network configuration: the standard point-to-point plugin with addresses from host-local. */
function ptp(lab: Lab, mode: Mode): Rival {
  const subnets = mode.name === 'dual' ? ['10.2.0.0/16', '2001:db8:2::/64'] : ['10.2.0.0/16'];
  const defaults = mode.name === 'dual' ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0'];
  const ipam = {
    type: 'host-local',
    ranges: subnets.map((subnet) => [{ subnet }]),
    routes: defaults.map((dst) => ({ dst })),
    dataDir: join(lab.dir, `host-local-${mode.name}`),
  };
  return {
    name: 'ptp',
    plugin: join(STANDARD_PLUGINS, 'ptp'),
    netconf: { cniVersion: '1.0.0', name: `ptp-${mode.name}`, type: 'ptp', ipam },
  };
}

async function runMode(lab: Lab, mode: Mode): Promise<ModeResult> {
  const namespace = await lab.namespace(mode.name);
  // Without an uplink the node would have no address to send the first packet from.
  const uplink = { a: ['10.0.1.254/24', '2001:db8:0:1::fe/64'], b: ['10.0.1.1/24', '2001:db8:0:1::1/64'] };
  await lab.connect(await lab.namespace(`${mode.name}-router`), 'to-node', namespace, 'uplink0', uplink);
  const sandboxes: string[] = [];
  for (let index = 0; index < BURST; index += 1) sandboxes.push((await lab.namespace(`${mode.name}-${index}`)).path);
  const node = await FlockNode.create(lab, namespace, {
    pools: { ipv4: '10.1.0.0/16', ...(mode.name === 'dual' ? { ipv6: '2001:db8:1::/64' } : {}) },
    bgp: { asn: 64601, peers: [] },
  });
  await node.startBird();
  await node.startDaemon();
  const flock: Rival = { name: 'flock', plugin: join(DIST, 'flock'), netconf: node.netconf('1.0.0') };
  const task: AddTask = { rivals: [flock, ptp(lab, mode)], sandboxes, rounds: mode.rounds, warmUp: mode.warmUp };
  const worker = [process.execPath, join(import.meta.dirname, 'add-worker.ts')];
  const { stdout } = await namespace.exec(worker, { stdin: JSON.stringify(task), timeoutMs: WORKER_DEADLINE_MS });
  await node.stopDaemon();
  const [ours, peers] = (JSON.parse(stdout) as AddSamples[]).map(summary);
  if (ours === undefined || peers === undefined) throw new Error(`bench add: the worker measured nothing: ${stdout}`);
  return {
    flock: ours,
    ptp: peers,
    ratio: {
      add: ours.addMs.median / peers.addMs.median,
      reply: ours.replyMs.median / peers.replyMs.median,
      del: ours.delMs.median / peers.delMs.median,
      burstAdd: ours.burst.addPodsPerSecond / peers.burst.addPodsPerSecond,
      burstDel: ours.burst.delPodsPerSecond / peers.burst.delPodsPerSecond,
    },
    goal: { add: mode.goal, burstAdd: BURST_GOAL },
  };
}

function lines(name: string, result: ModeResult): string {
  const { flock, ptp: peer, ratio, goal } = result;
  const times = (key: 'addMs' | 'replyMs' | 'delMs') => [
    flock[key].median,
    flock[key].p99,
    peer[key].median,
    peer[key].p99,
  ];
  const rows = [
    ['', 'flock median', '99 %', 'ptp median', '99 %', 'ratio', 'goal'],
    ['ADD, ms', ...times('addMs').map(short), short(ratio.add), `${goal.add} or less`],
    ['ADD to first replies, ms', ...times('replyMs').map(short), short(ratio.reply), ''],
    ['DEL, ms', ...times('delMs').map(short), short(ratio.del), ''],
    [
      'first packets lost',
      `${flock.firstPackets.lost} of ${flock.firstPackets.sent}`,
      '',
      `${peer.firstPackets.lost} of ${peer.firstPackets.sent}`,
      '',
      '',
      'none',
    ],
    [
      `${flock.burst.pods} ADDs at once, pods/s`,
      short(flock.burst.addPodsPerSecond),
      '',
      short(peer.burst.addPodsPerSecond),
      '',
      short(ratio.burstAdd),
      `${goal.burstAdd} or more`,
    ],
    [
      `${flock.burst.pods} DELs at once, pods/s`,
      short(flock.burst.delPodsPerSecond),
      '',
      short(peer.burst.delPodsPerSecond),
      '',
      short(ratio.burstDel),
      '',
    ],
  ];
  return `${name}: ${flock.rounds} rounds each, taking turns\n${table(rows)}\n`;
}

/** Measures whole plugin processes, ours with its daemon and the peer's, in the same namespaces and the same run. */
export async function runAdd(options: BenchOptions): Promise<void> {
  for (const plugin of ['ptp', 'host-local']) {
    if (!existsSync(join(STANDARD_PLUGINS, plugin)))
      throw new Error(`bench add: ${STANDARD_PLUGINS}/${plugin} is not installed`);
  }
  const results: Record<string, ModeResult> = {};
  for (const mode of MODES) {
    await using lab = await Lab.create('bench-add');
    results[mode.name] = await runMode(lab, mode);
    if (!options.json)
      console.log(lines(mode.name === 'dual' ? 'dual stack' : 'IPv4 only', results[mode.name] as ModeResult));
  }
  if (options.json) console.log(JSON.stringify({ bench: 'add', ...results }, undefined, 2));
  const lost = Object.values(results).reduce((sum, result) => sum + result.flock.firstPackets.lost, 0);
  if (lost > 0) throw new Error(`bench add: ${lost} first packets were lost`);
}
