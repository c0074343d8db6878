/**
 * Watches manifests or templates in a process of its own, which a test may put into private namespaces. Arguments: which
 * of the two, and the folder. Prints what is known as a line of JSON whenever that changes, and carries out what comes on
 * standard input: each line is a command for the shell, after which `done` and its exit status are printed.
 */
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { watchTemplates } from '../../src/bird/templates/template-watch.ts';
import { DirectoryPodSource } from '../../src/pods/directory/directory.ts';

let last = '';
const [what, folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: file-worker.ts manifests|templates FOLDER');
const end = what === 'templates' ? watchFolder(folder) : await watchManifests(folder);

function tell(known: readonly string[], problems: readonly string[]): void {
  const line = JSON.stringify({ known, problems });
  if (line !== last) console.log(line);
  last = line;
}

async function watchManifests(directory: string): Promise<() => void> {
  const source = new DirectoryPodSource({ directory });
  const look = (): void => {
    const { pods, problems } = source.snapshot();
    const known = [...pods.values()].map(
      (pod) => `${pod.name}:${source.readiness(pod)?.ready === true ? 'ready' : 'not'}`,
    );
    tell(
      known.sort(),
      problems.map(({ message }) => message),
    );
  };
  source.onChange(look);
  await source.start();
  return () => source.stop();
}

function watchFolder(overlay: string): () => void {
  const watch = watchTemplates({
    overlay,
    onReading: (reading) => {
      if ('error' in reading) tell([], [reading.error.message]);
      else tell(reading.set.overlaid, []);
    },
    onWatchFault: (fault) => tell([], [fault ?? 'watched again']),
  });
  return () => watch.close();
}

const input = createInterface({ input: process.stdin });
input.on('line', (command) => {
  const { status, stderr } = spawnSync('sh', ['-ec', command], { encoding: 'utf8' });
  console.log(`done ${status} ${stderr.trim().replaceAll('\n', ' ')}`);
});
input.on('close', end);
