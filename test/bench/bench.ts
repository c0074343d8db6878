import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from '../lab/lab.ts';

/** What a benchmark is told. */
export interface BenchOptions {
  /** Print one JSON value instead of tables. */
  json: boolean;
}

/** The benchmarks: each lies in `<name>.ts` beside this file and exports `run<Name>(options)`. */
const BENCHMARKS: ReadonlyMap<string, string> = new Map([
  ['add', 'CNI ADD and DEL, one by one and 110 at once, against ptp + host-local'],
  ['flip', 'a readiness change until the route is there or gone in the router, at 10, 1,000 and 10,000 addresses'],
  ['routes', '10,000 host routes into the kernel, against ip -batch'],
  [
    'publish',
    'a template saved until the router sees its effect, and what judging it costs, at 10, 1,000 and 10,000 addresses',
  ],
  [
    'idle',
    'processor time and memory when nothing happens, with 250 pods and with 100,000 foreign routes; ten minutes',
  ],
]);

function fileOf(name: string): string {
  return join(import.meta.dirname, `${name}.ts`);
}

function usage(): string {
  const present = [...BENCHMARKS].filter(([name]) => existsSync(fileOf(name)));
  return [
    `usage: npm run bench -- ${present.map(([name]) => name).join('|')} [--json]`,
    '',
    ...present.map(([name, what]) => `  ${name.padEnd(8)} ${what}`),
  ].join('\n');
}

/** Runs the benchmark that the arguments name. Returns the exit status: 0 done, 1 failed, 2 bad usage. */
async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((argument) => argument !== '--json');
  const [name = ''] = names;
  if (names.length !== 1 || !BENCHMARKS.has(name) || !existsSync(fileOf(name))) {
    const complaint = name === '' ? '' : `bench: no benchmark is called ${names.join(' ')}\n`;
    process.stderr.write(`${complaint}${usage()}\n`);
    return 2;
  }
  if (!isRoot) {
    process.stderr.write(`bench ${name}: needs root, for private network namespaces\n`);
    return 1;
  }
  const loaded: Record<string, unknown> = await import(fileOf(name));
  const run = loaded[`run${name[0]?.toUpperCase()}${name.slice(1)}`];
  if (typeof run !== 'function') throw new Error(`${fileOf(name)} exports no function of the expected name`);
  await run({ json: args.includes('--json') } satisfies BenchOptions);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
