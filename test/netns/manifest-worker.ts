/**
 * A directory source in a process of its own, which a test may put into private namespaces. Argument: the folder. Prints
 * what the source knows as a line of JSON whenever that changes, and carries out what comes on standard input: each line
 * is a command for the shell, after which `done` and its exit status are printed.
 */
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { DirectoryPodSource } from '../../src/pods/directory.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: manifest-worker.ts FOLDER');
const source = new DirectoryPodSource({ directory });
let last = '';

function tell(): void {
  const { pods, problems } = source.snapshot();
  const ready = [...pods.values()].map(
    (pod) => `${pod.name}:${source.readiness(pod)?.ready === true ? 'ready' : 'not'}`,
  );
  const line = JSON.stringify({ pods: ready.sort(), problems: problems.map(({ message }) => message) });
  if (line !== last) console.log(line);
  last = line;
}

source.onChange(tell);
await source.start();
tell();
const input = createInterface({ input: process.stdin });
input.on('line', (command) => {
  const { status, stderr } = spawnSync('sh', ['-ec', command], { encoding: 'utf8' });
  console.log(`done ${status} ${stderr.trim().replaceAll('\n', ' ')}`);
});
input.on('close', () => source.stop());
