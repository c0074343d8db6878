import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAnnotations } from '../../../../src/pods/annotations.ts';
import { readManifests } from '../../../../src/pods/directory/manifest.ts';

const FOLDER = join(import.meta.dirname, '../../../../examples/pods');
const files = readdirSync(FOLDER);

it('there are example pods with anycast and with addresses', () => {
  const all = files.map((file) => readFileSync(join(FOLDER, file), 'utf8')).join();
  expect(all).toContain('flock.fritzlab.net/anycast:');
  expect(all).toContain('flock.fritzlab.net/addresses:');
});

it.each(files)('the pods of examples/pods/%s are read, and nothing is odd about their annotations', (file) => {
  const { manifests, faults } = readManifests(readFileSync(join(FOLDER, file), 'utf8'), { file });
  expect(faults).toEqual([]);
  expect(manifests.length).toBeGreaterThan(0);
  for (const { pod } of manifests) expect(parseAnnotations(pod.annotations).warnings).toEqual([]);
});
