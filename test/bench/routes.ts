import { openKernel } from '../../src/kernel/kernel.ts';
import type { Change, Kernel } from '../../src/kernel/ports.ts';
import { type Address, addressBits, addressFromBigInt, type Family, parseAddress } from '../../src/model/address.ts';
import { prefixOf } from '../../src/model/prefix.ts';
import { Lab, type Namespace } from '../lab/lab.ts';
import { median, short, table } from './statistics.ts';

/** Routes of each family. */
const PER_FAMILY = 5_000;
/** Rounds that count; one more goes before them, for caches and the JIT compiler. */
const ROUNDS = 9;
const PROTOCOL = 202;
const DEVICE = 'flock00000001';

interface Gateway {
  readonly family: Family;
  readonly address: string;
  /** The first service address, as a number. */
  readonly first: bigint;
}

const GATEWAYS: readonly Gateway[] = [
  { family: 4, address: '10.1.1.2', first: 0xc6120000n },
  { family: 6, address: '2001:db8:1::2', first: 0x20010db8ffff00000000000000000000n },
];

/** Milliseconds for all routes, medians of the rounds, and what is compared. */
export interface RouteFigures {
  readonly what: 'install' | 'list';
  readonly routes: number;
  readonly flockd: number;
  readonly iproute2: number;
  /** flockd / iproute2. */
  readonly ratio: number;
}

/** `npm run bench -- routes`: host routes into the kernel and out of it, by us and by iproute2 in turns. */
export async function runRoutes(options: { json: boolean }): Promise<readonly RouteFigures[]> {
  await using lab = await Lab.create('bench-routes');
  const node = await lab.namespace('node');
  await node.exec(['ip', 'link', 'add', DEVICE, 'type', 'veth', 'peer', 'name', 'pod0']);
  for (const name of [DEVICE, 'pod0']) await node.exec(['ip', 'link', 'set', name, 'up']);
  const kernel = openKernel({ hostNamespace: node.path });
  try {
    const figures = await measure(kernel, node);
    process.stdout.write(`${options.json ? JSON.stringify(figures, undefined, 2) : report(figures)}\n`);
    return figures;
  } finally {
    kernel.close();
  }
}

async function measure(kernel: Kernel, node: Namespace): Promise<RouteFigures[]> {
  const link = await kernel.host.link(DEVICE);
  if (link === undefined) throw new Error(`${DEVICE} vanished`);
  const changes = GATEWAYS.flatMap((gateway) => routesBy(gateway, link.index));
  const batch = `${changes.map(asCommand).join('\n')}\n`;
  const times = { ours: [] as number[], theirs: [] as number[], listOurs: [] as number[], listTheirs: [] as number[] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const ours = await timed(() => kernel.host.apply(changes));
    const failed = ours.value.find((result) => !result.ok);
    if (failed !== undefined) throw new Error(`a route was refused: ${JSON.stringify(failed)}`);
    const listOurs = await timed(() => kernel.host.routes({ protocol: PROTOCOL }));
    mustBe(listOurs.value.length);
    await flush(node);
    const theirs = await timed(() => node.exec(['ip', '-batch', '-'], { stdin: batch, timeoutMs: 60_000 }));
    const listTheirs = await timed(() => node.exec(['sh', '-c', show('4', '6')]));
    mustBe(listTheirs.value.stdout.split('\n').length - 1);
    await flush(node);
    if (round === 0) continue;
    times.ours.push(ours.ms);
    times.theirs.push(theirs.ms);
    times.listOurs.push(listOurs.ms);
    times.listTheirs.push(listTheirs.ms);
  }
  return [figure('install', times.ours, times.theirs), figure('list', times.listOurs, times.listTheirs)];
}

/** Host routes of one family as flockd installs them. */
function routesBy({ family, address, first }: Gateway, linkIndex: number): Extract<Change, { kind: 'replaceRoute' }>[] {
  const gateway = parsed(address);
  return Array.from({ length: PER_FAMILY }, (_, offset) => ({
    kind: 'replaceRoute',
    destination: prefixOf(addressFromBigInt(family, first + BigInt(offset)), addressBits(family)),
    gateway,
    linkIndex,
    onlink: true,
    protocol: PROTOCOL,
  }));
}

/** The same for `ip -batch`. */
function asCommand(change: Extract<Change, { kind: 'replaceRoute' }>): string {
  const { network, length } = change.destination;
  return `route replace ${network}/${length} via ${change.gateway} dev ${DEVICE} onlink proto ${PROTOCOL}`;
}

function show(...families: string[]): string {
  return families.map((family) => `ip -${family} route show proto ${PROTOCOL}`).join(' && ');
}

async function flush(node: Namespace): Promise<void> {
  for (const family of ['-4', '-6']) {
    await node.exec(['ip', family, 'route', 'flush', 'proto', String(PROTOCOL)], { timeoutMs: 60_000 });
  }
}

function mustBe(count: number): void {
  if (count !== 2 * PER_FAMILY) throw new Error(`${count} routes are there, not ${2 * PER_FAMILY}`);
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}

function figure(what: RouteFigures['what'], ours: readonly number[], theirs: readonly number[]): RouteFigures {
  const [flockd, iproute2] = [median(ours), median(theirs)];
  return { what, routes: 2 * PER_FAMILY, flockd, iproute2, ratio: flockd / iproute2 };
}

function report(figures: readonly RouteFigures[]): string {
  const against = { install: 'ip -batch', list: 'ip route show' };
  return [
    `${2 * PER_FAMILY} onlink host routes, half of them IPv6; median of ${ROUNDS} rounds in ms; iproute2 as a whole process`,
    table([
      ['', 'flockd', 'iproute2', 'ratio', 'against'],
      ...figures.map(({ what, flockd, iproute2, ratio }) => [
        what,
        short(flockd),
        short(iproute2),
        short(ratio),
        against[what],
      ]),
    ]),
  ].join('\n');
}

function parsed(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}
