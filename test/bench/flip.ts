import { eventually, Lab } from '../lab/lab.ts';
import { RouteMonitor, wallClock } from '../lab/route-monitor.ts';
import { Router } from '../lab/router.ts';
import type { BenchOptions } from './bench.ts';
import { FLIPPING, type RunningEngine, startEngine } from './flip-engine.ts';
import { measureManifest } from './flip-manifest.ts';
import { startHandmade } from './flip-peer.ts';
import { median, percentile, short, table } from './statistics.ts';

const COUNTS = [10, 1_000, 10_000];
/** Flips of each direction that count, for us; the peer may stall for 3 s, so it gets fewer. */
const FLIPS = 60;
const PEER_FLIPS = 10;
/** Between two flips, so that no late wake-up of the one helps the other: longer than the last poke, 1 s, takes. */
const PAUSE_MS = 100;

/** Milliseconds until both addresses of the flipping pod are there, or gone, in the router's kernel. */
export interface FlipFigures {
  readonly who: 'flockd' | 'prefix set + birdc configure';
  readonly addresses: number;
  readonly announce: { readonly median: number; readonly p99: number };
  readonly withdraw: { readonly median: number; readonly p99: number };
}

/** `npm run bench -- flip`: a readiness change entering the engine until the router's kernel shows it. */
export async function runFlip(options: BenchOptions): Promise<readonly FlipFigures[]> {
  const figures: FlipFigures[] = [];
  for (const count of COUNTS) {
    figures.push(await measure('flockd', count, FLIPS));
    figures.push(await measure('prefix set + birdc configure', count, PEER_FLIPS));
    if (!options.json) process.stderr.write(`${count} addresses done\n`);
  }
  const manifest = await measureManifest();
  process.stdout.write(
    options.json ? `${JSON.stringify({ flips: figures, manifest }, undefined, 2)}\n` : `${report(figures)}\n`,
  );
  if (!options.json) {
    const { median: middle, p99 } = manifest;
    process.stdout.write(`\na manifest's rename to the engine: median ${short(middle)} ms, 99 % ${short(p99)} ms\n`);
  }
  return figures;
}

async function measure(who: FlipFigures['who'], count: number, flips: number): Promise<FlipFigures> {
  await using lab = await Lab.create(`flip${count}`);
  const router = await lab.namespace('router');
  const node = await lab.namespace('node');
  await lab.connect(router, 'to-node', node, 'uplink0', {
    a: ['10.0.0.254/24', '2001:db8::fe/64'],
    b: ['10.0.0.1/24', '2001:db8::1/64'],
  });
  const neighbours = [{ name: 'node', address: '10.0.0.1', asn: 64601 }];
  const running = await Router.start(lab, router, { asn: 64600, routerId: '10.0.0.254', neighbours });
  const subject = await (who === 'flockd' ? startEngine : startHandmade)(lab, node, count, '10.0.0.254');
  try {
    await eventually(
      async () => (await running.kernelRoutes()).length >= count,
      `the router has ${count} addresses`,
      60_000,
    );
    subject.switch(false);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const monitor = await RouteMonitor.start(lab, router);
    const announce: number[] = [];
    const withdraw: number[] = [];
    for (let n = 0; n < flips; n += 1) {
      announce.push(await flip(subject, monitor, true));
      withdraw.push(await flip(subject, monitor, false));
    }
    await monitor.stop();
    const both = (samples: number[]) => ({ median: median(samples), p99: percentile(samples, 0.99) });
    return { who, addresses: count, announce: both(announce), withdraw: both(withdraw) };
  } finally {
    await subject.stop();
  }
}

async function flip(subject: RunningEngine, monitor: RouteMonitor, ready: boolean): Promise<number> {
  const began = wallClock();
  subject.switch(ready);
  let last = 0;
  for (const address of FLIPPING.addresses) {
    const start = ready ? address : `Deleted ${address}`;
    const event = await monitor.first(began, (text) => text.startsWith(`${start} `), `${start} in the router`);
    last = Math.max(last, event.at);
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  return last - began;
}

function report(figures: readonly FlipFigures[]): string {
  const rows = figures.map((one) => [
    one.who,
    String(one.addresses),
    short(one.announce.median),
    short(one.announce.p99),
    short(one.withdraw.median),
    short(one.withdraw.p99),
  ]);
  const head = ['WHO', 'ADDRESSES', 'ANNOUNCE ms', 'p99', 'WITHDRAW ms', 'p99'];
  const ratios = COUNTS.map((count) => {
    const [ours, theirs] = figures.filter((one) => one.addresses === count);
    const ratio = (ours?.withdraw.median ?? Number.NaN) / (theirs?.withdraw.median ?? Number.NaN);
    return `${count} addresses: withdrawal ${short(ratio)} times the peer's`;
  });
  return [table([head, ...rows]), '', ...ratios].join('\n');
}
