import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryPodSource } from '../../src/pods/directory/directory.ts';
import { Lab } from '../lab/lab.ts';
import { median, percentile } from './statistics.ts';

const ROUNDS = 60;
const PAUSE_MS = 30;

/** Milliseconds from the rename of a manifest with a changed Ready condition to the engine being told. */
export async function measureManifest(): Promise<{ readonly median: number; readonly p99: number }> {
  await using lab = await Lab.create('manifest');
  const directory = join(lab.dir, 'pods.d');
  await mkdir(directory);
  const source = new DirectoryPodSource({ directory });
  const pod = { namespace: 'default', name: 'web' };
  await put(lab.dir, directory, true);
  await source.start();
  source.setWired([{ ...pod, ip4: '10.1.1.2', ip6: undefined }]);
  const samples: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const ready = n % 2 === 1;
    const told = Promise.withResolvers<number>();
    const leave = source.onChange(() => {
      if (source.readiness(pod)?.ready === ready) told.resolve(performance.now());
    });
    const began = await put(lab.dir, directory, ready);
    samples.push((await told.promise) - began);
    leave();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  await source.stop();
  return { median: median(samples), p99: percentile(samples, 0.99) };
}

/** @returns when the rename was asked for. */
async function put(staged: string, directory: string, ready: boolean): Promise<number> {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
  const path = join(staged, 'web.json');
  await writeFile(path, JSON.stringify(manifest));
  const began = performance.now();
  await rename(path, join(directory, 'web.json'));
  return began;
}
