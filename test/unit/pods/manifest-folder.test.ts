import { expect, it } from 'vitest';
import type { FileStamp } from '../../../src/files/read-text.ts';
import { isManifestName, isUntouched } from '../../../src/pods/manifest-folder.ts';

const stamp = (changes: Partial<FileStamp> = {}): FileStamp => ({
  id: 'a',
  changedAt: 10_000,
  wholeSeconds: false,
  uid: 0,
  mode: 0o644,
  ...changes,
});

it('the names that the shell would find are those of manifests', () => {
  const names = ['a.yaml', 'a.b.yml', 'a.json', '.a.yaml', 'a.yaml~', '.yaml', 'a.YAML', 'a.yaml.bak', 'yaml', 'a.txt'];
  expect(names.filter(isManifestName)).toEqual(['a.yaml', 'a.b.yml', 'a.json']);
});

it('a file is untouched when its stamp is the same and was old enough when the file was read', () => {
  expect(isUntouched({ stamp: stamp(), readAt: 10_050 }, stamp())).toBe(true);
  expect(isUntouched({ stamp: stamp(), readAt: 10_050 }, stamp({ id: 'b' }))).toBe(false);
  expect(isUntouched({ stamp: stamp(), readAt: 10_050 }, undefined)).toBe(false);
  expect(isUntouched({ stamp: undefined, readAt: 10_050 }, stamp())).toBe(false);
});

it('a file that was read within a tick of its change may have changed again with the same stamp', () => {
  expect(isUntouched({ stamp: stamp(), readAt: 10_049 }, stamp())).toBe(false);
  expect(isUntouched({ stamp: stamp(), readAt: 9_000 }, stamp())).toBe(false);
});

it('a file system that keeps whole seconds needs more than two of them', () => {
  const coarse = stamp({ wholeSeconds: true });
  expect(isUntouched({ stamp: coarse, readAt: 12_000 }, coarse)).toBe(false);
  expect(isUntouched({ stamp: coarse, readAt: 12_500 }, coarse)).toBe(true);
});
