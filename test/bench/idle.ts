import { readFileSync } from 'node:fs';
import { startFabric } from '../lab/fabric.ts';
import { eventually, Lab } from '../lab/lab.ts';
import type { FlockNode } from '../lab/node.ts';
import type { BenchOptions } from './bench.ts';
import { type ProcessCost, processCost } from './process-cost.ts';
import { short, table } from './statistics.ts';

const PODS = 250;
/** So many of them claim an address of each family. */
const CLAIMING = 50;
/** Routes of another program in the host's main table. */
const FOREIGN_ROUTES = 100_000;
/** After a start or a change, and then what is measured. Whatever has a pace of its own comes four times at least. */
const SETTLE_MS = 60_000;
const MEASURE_MS = 120_000;
/** Of one core, and resident. */
const GOAL = { percent: 0.3, mebibytes: 125 };

/** What an idle daemon costs. */
export interface IdleFigures {
  readonly when: string;
  /** Of one core. */
  readonly percent: number;
  readonly residentMiB: number;
}

/** `npm run bench -- idle`: what flockd costs when nothing happens. */
export async function runIdle(options: BenchOptions): Promise<readonly IdleFigures[]> {
  await using lab = await Lab.create('idle');
  const { nodes } = await startFabric(lab, 1, { metrics: { listen: '127.0.0.1:9179' } });
  const [node] = nodes;
  if (node === undefined) throw new Error('bench idle: no node');
  const figures: IdleFigures[] = [];
  const note = async (when: string): Promise<void> => {
    figures.push(await measure(when, node));
    if (!options.json) process.stderr.write(`${when}: done\n`);
  };
  await runPods(node);
  await note('its pods just added');
  await addForeignRoutes(node);
  await note(`${FOREIGN_ROUTES} foreign routes beside`);
  await node.stopDaemon();
  await node.startDaemon();
  await note('the same, restarted');
  process.stdout.write(options.json ? `${JSON.stringify(figures, undefined, 2)}\n` : `${report(figures)}\n`);
  return figures;
}

async function runPods(node: FlockNode): Promise<void> {
  for (let n = 1; n <= PODS; n += 1) {
    const annotations = n <= CLAIMING ? { anycast: `192.0.2.${n}, 2001:db8:ffff::${n.toString(16)}` } : {};
    await node.runPod({ name: `pod${n}`, ready: true, annotations });
  }
  await eventually(
    async () => {
      const { addresses } = (await node.flockctlJson('status')) as { addresses: { advertised: number } };
      return addresses.advertised === 2 * CLAIMING;
    },
    'all claimed addresses are advertised',
    30_000,
  );
}

async function addForeignRoutes(node: FlockNode): Promise<void> {
  const lines = Array.from({ length: FOREIGN_ROUTES }, (_, n) => {
    return `route add 10.${128 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}/32 dev uplink0\n`;
  });
  await node.namespace.exec(['ip', '-batch', '-'], { stdin: lines.join(''), timeoutMs: 120_000 });
}

async function measure(when: string, node: FlockNode): Promise<IdleFigures> {
  await pause(SETTLE_MS);
  const [before, began] = [costOf(node.daemon.pid), performance.now()];
  await pause(MEASURE_MS);
  const [after, seconds] = [costOf(node.daemon.pid), (performance.now() - began) / 1_000];
  const percent = (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds;
  return { when, percent, residentMiB: after.residentMiB };
}

/** `ip netns exec` and the shell in front of the daemon become the daemon: the process id stays. */
function costOf(pid: number): ProcessCost {
  const text = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  return processCost(text('stat'), text('status'));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function report(figures: readonly IdleFigures[]): string {
  const goals = [`${GOAL.percent} or less`, `${GOAL.mebibytes} or less`];
  const rows = figures.map(({ when, percent, residentMiB }) => {
    return [when, short(percent), goals[0] ?? '', short(residentMiB), goals[1] ?? ''];
  });
  const head = [`${PODS} PODS`, 'CPU, % of a core', 'GOAL', 'RSS, MiB', 'GOAL'];
  return table([head, ...rows]);
}
