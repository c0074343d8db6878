import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { cniEnvironment } from '../lab/cni.ts';

/**
 * The part of the `add` benchmark that runs inside the node's namespace, so that no `ip netns exec` stands between the
 * clock and the plugin. Reads an {@link AddTask} from standard input and prints {@link AddSamples} for each rival.
 */

/** A plugin under test. */
export interface Rival {
  name: string;
  /** Path of the executable; its folder is `CNI_PATH`. */
  plugin: string;
  netconf: object;
}

export interface AddTask {
  rivals: Rival[];
  /** Paths of sandboxes. One after the other uses the first; at once uses each once. */
  sandboxes: string[];
  /** Rounds that count, and rounds before them that do not. */
  rounds: number;
  warmUp: number;
}

/** What one rival needed. Times in milliseconds, from the start of the process to its end. */
export interface AddSamples {
  name: string;
  addMs: number[];
  /** From the start of ADD until the first packet in every family of the pod was answered. */
  replyMs: number[];
  delMs: number[];
  /** First packets sent and not answered. */
  sent: number;
  lost: number;
  /** All sandboxes at once: milliseconds until the last ADD, and the last DEL, had ended. */
  burst: { pods: number; addMs: number; delMs: number };
}

interface Outcome {
  ms: number;
  stdout: string;
}

/** Runs a program to its end and fails unless it succeeds. */
async function timed(argv: readonly string[], env: Record<string, string>, stdin: string): Promise<Outcome> {
  const [program = '', ...rest] = argv;
  const started = performance.now();
  const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const ms = performance.now() - started;
      if (code === 0) resolve(ms);
      else reject(new Error(`${argv.join(' ')}: ${signal ?? `exit status ${code}`}`));
    });
  });
  child.stdin.on('error', () => {}); // A program that does not read; its exit status tells whether that was right.
  child.stdin.end(stdin);
  const [ms, stdout, stderr] = await Promise.allSettled([ended, text(child.stdout), text(child.stderr)]);
  const said = [stdout, stderr].map((output) => (output.status === 'fulfilled' ? output.value : '')).join('');
  if (ms.status === 'rejected') throw new Error(`${ms.reason}: ${said}`, { cause: ms.reason });
  return { ms: ms.value, stdout: stdout.status === 'fulfilled' ? stdout.value : '' };
}

async function call(rival: Rival, verb: 'ADD' | 'DEL', containerId: string, netns: string): Promise<Outcome> {
  const env = cniEnvironment(verb, { containerId, netns }, rival.plugin.slice(0, rival.plugin.lastIndexOf('/')));
  return timed([rival.plugin], env, JSON.stringify(rival.netconf));
}

/** Sends one packet and waits at most a second; whether it was answered. */
async function ping(address: string): Promise<boolean> {
  return timed(['ping', '-n', '-c1', '-W1', address], {}, '').then(
    () => true,
    () => false,
  );
}

/** One ADD, one packet in each family, one DEL. */
async function oneRound(rival: Rival, containerId: string, netns: string, samples: AddSamples): Promise<void> {
  const started = performance.now();
  const added = await call(rival, 'ADD', containerId, netns);
  const { ips } = JSON.parse(added.stdout) as { ips: { address: string }[] };
  const answers = [];
  for (const { address } of ips) answers.push(await ping(address.split('/')[0] ?? ''));
  const replyMs = performance.now() - started;
  const deleted = await call(rival, 'DEL', containerId, netns);
  samples.addMs.push(added.ms);
  samples.replyMs.push(replyMs);
  samples.delMs.push(deleted.ms);
  samples.sent += answers.length;
  samples.lost += answers.filter((answered) => !answered).length;
}

/** Every sandbox at once. */
async function burst(rival: Rival, sandboxes: readonly string[], id: string): Promise<AddSamples['burst']> {
  const all = async (verb: 'ADD' | 'DEL'): Promise<number> => {
    const started = performance.now();
    const calls = sandboxes.map((netns, index) => call(rival, verb, `${id}-${index}`, netns));
    // Wait for all of them also when one fails, so that the next step does not meet half of this one.
    const failed = (await Promise.allSettled(calls)).find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return performance.now() - started;
  };
  const addMs = await all('ADD');
  return { pods: sandboxes.length, addMs, delMs: await all('DEL') };
}

async function measure(task: AddTask): Promise<AddSamples[]> {
  const empty = (name: string): AddSamples => ({
    name,
    addMs: [],
    replyMs: [],
    delMs: [],
    sent: 0,
    lost: 0,
    burst: { pods: 0, addMs: 0, delMs: 0 },
  });
  const lanes = task.rivals.map((rival) => ({ rival, counted: empty(rival.name) }));
  const [netns = ''] = task.sandboxes;
  for (let round = -task.warmUp; round < task.rounds; round += 1) {
    // Each leads every other round, so that neither always runs on the caches of the other.
    const order = round % 2 === 0 ? lanes : lanes.toReversed();
    for (const { rival, counted } of order) {
      const samples = round < 0 ? empty(rival.name) : counted;
      await oneRound(rival, `bench-${rival.name}-${process.pid}-${round + task.warmUp}`, netns, samples);
    }
  }
  for (const { rival, counted } of lanes) {
    counted.burst = await burst(rival, task.sandboxes, `burst-${rival.name}-${process.pid}`);
  }
  return lanes.map(({ counted }) => counted);
}

if (import.meta.main) {
  const task = JSON.parse(await text(process.stdin)) as AddTask;
  process.stdout.write(JSON.stringify(await measure(task)));
}
