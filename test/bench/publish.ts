import { readFileSync } from 'node:fs';
import type { BirdControl } from '../../src/bird-control/types.ts';
import { eventually, Lab, type LabBird, run } from '../lab/lab.ts';
import { RouteMonitor, wallClock } from '../lab/route-monitor.ts';
import { Router } from '../lab/router.ts';
import type { BenchOptions } from './bench.ts';
import { type EditKind, handSubject, network, ourSubject, type Subject } from './publish-edit.ts';
import { median, percentile, short, table } from './statistics.ts';

const COUNTS = [10, 1_000, 10_000];
const EDITS = 20;
const JUDGEMENTS = 30;
/** Between two edits: longer than the last poke, so that no late wake-up of one helps the next. */
const PAUSE_MS = 1_200;

interface Times {
  readonly median: number;
  readonly p99: number;
}

/** Milliseconds. */
export interface PublishFigures {
  readonly addresses: number;
  /** From the rename of the edited file until the router's kernel has the route. */
  readonly edits: Readonly<Record<EditKind, { readonly flockd: Times; readonly byHand: Times }>>;
  /** What BIRD takes to answer; `bird -p` as a whole process. */
  readonly judging: { readonly check: Times; readonly configure: Times; readonly birdP: Times };
}

/** `npm run bench -- publish`. */
export async function runPublish(options: BenchOptions): Promise<readonly PublishFigures[]> {
  const figures: PublishFigures[] = [];
  for (const count of COUNTS) {
    figures.push(await measure(count));
    if (!options.json) process.stderr.write(`${count} addresses done\n`);
  }
  process.stdout.write(options.json ? `${JSON.stringify(figures, undefined, 2)}\n` : `${report(figures)}\n`);
  return figures;
}

async function measure(count: number): Promise<PublishFigures> {
  await using lab = await Lab.create(`publish${count}`);
  const [router, node] = [await lab.namespace('router'), await lab.namespace('node')];
  await lab.connect(router, 'to-node', node, 'uplink0', {
    a: ['10.0.0.254/24', '2001:db8::fe/64'],
    b: ['10.0.0.1/24', '2001:db8::1/64'],
  });
  const neighbours = [{ name: 'node', address: '10.0.0.1', asn: 64601 }];
  const running = await Router.start(lab, router, { asn: 64600, routerId: '10.0.0.254', neighbours });
  const { subject, control, bird } = await ourSubject(lab, node, count, '10.0.0.254');
  try {
    await eventually(async () => (await running.kernelRoutes()).length > count, 'the router has all', 60_000);
    await subject.idle();
    const judging = await judge(control, bird);
    const monitor = await RouteMonitor.start(lab, router);
    const ours = { route: await edit(subject, monitor, 'route'), filter: await edit(subject, monitor, 'filter') };
    // Back to where the one who edits by hand begins.
    subject.restore();
    await pause();
    await subject.idle();
    await subject.stop();
    const hand = handSubject(lab, bird, readFileSync(bird.configPath, 'utf8'));
    const theirs = { route: await edit(hand, monitor, 'route'), filter: await edit(hand, monitor, 'filter') };
    await monitor.stop();
    const both = (kind: EditKind) => ({ flockd: ours[kind], byHand: theirs[kind] });
    return { addresses: count, edits: { route: both('route'), filter: both('filter') }, judging };
  } finally {
    await subject.stop();
  }
}

async function edit(subject: Subject, monitor: RouteMonitor, kind: EditKind): Promise<Times> {
  const samples: number[] = [];
  for (let n = 1; n <= EDITS; n += 1) {
    const wanted = network(kind === 'route' ? n : n + EDITS);
    const began = wallClock();
    subject.save(kind, kind === 'route' ? n : n + EDITS);
    const event = await monitor.first(began, (text) => text.startsWith(`${wanted} `), `${wanted} in the router`);
    samples.push(event.at - began);
    await pause();
    await subject.idle();
  }
  return timesOf(samples);
}

/** What judging costs, on the set that is in place. */
async function judge(control: BirdControl, bird: LabBird): Promise<PublishFigures['judging']> {
  const check = await repeat(() => control.configureCheck(bird.configPath));
  const configure = await repeat(() => control.configure());
  const birdP = await repeat(() => run(['bird', '-p', '-c', bird.configPath]));
  return { check, configure, birdP };
}

async function repeat(question: () => Promise<unknown>): Promise<Times> {
  const samples: number[] = [];
  for (let n = 0; n < JUDGEMENTS; n += 1) {
    const began = performance.now();
    await question();
    samples.push(performance.now() - began);
  }
  return timesOf(samples);
}

function timesOf(samples: readonly number[]): Times {
  return { median: median(samples), p99: percentile(samples, 0.99) };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

function report(figures: readonly PublishFigures[]): string {
  const cells = ({ median: middle, p99 }: Times): string[] => [short(middle), short(p99)];
  const edits = figures.flatMap(({ addresses, edits: both }) =>
    (['route', 'filter'] as const).map((kind) => {
      const { flockd, byHand } = both[kind];
      const what = kind === 'route' ? 'a route of its own' : 'an export filter';
      return [String(addresses), what, ...cells(flockd), ...cells(byHand), short(flockd.median / byHand.median)];
    }),
  );
  const judging = figures.map(({ addresses, judging: { check, configure, birdP } }) => [
    String(addresses),
    ...cells(check),
    ...cells(configure),
    ...cells(birdP),
  ]);
  return [
    'a template saved until the router sees its effect; by hand: the file saved, birdc configure',
    table([['ADDRESSES', 'EDIT OF', 'FLOCKD ms', 'p99', 'BY HAND ms', 'p99', 'RATIO'], ...edits]),
    '',
    'what BIRD takes to answer',
    table([['ADDRESSES', 'configure check ms', 'p99', 'configure ms', 'p99', 'bird -p ms', 'p99'], ...judging]),
  ].join('\n');
}
