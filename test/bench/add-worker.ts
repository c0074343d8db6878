import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cniEnvironment } from '../lab/cni.ts';
import { type Call, type Outcome, Shell } from './shell.ts';

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

function callOf(rival: Rival, verb: 'ADD' | 'DEL', containerId: string, netns: string): Call {
  const env = cniEnvironment(verb, { containerId, netns }, rival.plugin.slice(0, rival.plugin.lastIndexOf('/')));
  return { argv: [rival.plugin], env, stdin: JSON.stringify(rival.netconf) };
}

async function run(shell: Shell, call: Call): Promise<Outcome> {
  const outcome = await shell.run(call);
  if (outcome.code !== 0) throw new Error(`${call.argv.join(' ')}: exit status ${outcome.code}: ${outcome.stdout}`);
  return outcome;
}

/** Sends one packet and waits at most a second; whether it was answered. */
async function ping(shell: Shell, address: string): Promise<Outcome> {
  return shell.run({ argv: ['ping', '-n', '-c1', '-W1', address], env: {}, stdin: '' });
}

/** One ADD, one packet in each family, one DEL. */
async function oneRound(
  shell: Shell,
  rival: Rival,
  containerId: string,
  netns: string,
  samples: AddSamples,
): Promise<void> {
  const added = await run(shell, callOf(rival, 'ADD', containerId, netns));
  const { ips } = JSON.parse(added.stdout) as { ips: { address: string }[] };
  const answers: Outcome[] = [];
  for (const { address } of ips) answers.push(await ping(shell, address.split('/')[0] ?? ''));
  const deleted = await run(shell, callOf(rival, 'DEL', containerId, netns));
  samples.addMs.push(added.ms);
  samples.replyMs.push(answers.reduce((sum, answer) => sum + answer.ms, added.ms));
  samples.delMs.push(deleted.ms);
  samples.sent += answers.length;
  samples.lost += answers.filter((answer) => answer.code !== 0).length;
}

/** Every sandbox at once. */
async function burst(
  shell: Shell,
  rival: Rival,
  sandboxes: readonly string[],
  id: string,
): Promise<AddSamples['burst']> {
  const all = (verb: 'ADD' | 'DEL') =>
    shell.runAll(sandboxes.map((netns, index) => callOf(rival, verb, `${id}-${index}`, netns)));
  const addMs = await all('ADD');
  return { pods: sandboxes.length, addMs, delMs: await all('DEL') };
}

async function measure(task: AddTask, shell: Shell): Promise<AddSamples[]> {
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
      await oneRound(shell, rival, `bench-${rival.name}-${process.pid}-${round + task.warmUp}`, netns, samples);
    }
  }
  for (const { rival, counted } of lanes) {
    counted.burst = await burst(shell, rival, task.sandboxes, `burst-${rival.name}-${process.pid}`);
  }
  return lanes.map(({ counted }) => counted);
}

if (import.meta.main) {
  const task = JSON.parse(await text(process.stdin)) as AddTask;
  const folder = mkdtempSync(join(tmpdir(), 'flock-bench-'));
  const shell = new Shell(folder);
  try {
    process.stdout.write(JSON.stringify(await measure(task, shell)));
  } finally {
    shell.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
