import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { sourceFiles } from './sources.ts';

const MOST_LINES = 250;

it('no file of src/ is longer than 250 lines', () => {
  const files = sourceFiles('src', ['.ts', '.c', '.h']);
  const lines = (text: string): number => text.trimEnd().split('\n').length;
  const long = files.filter((file) => lines(file.text) > MOST_LINES).map((file) => `${file.path}: ${lines(file.text)}`);
  expect(files.length).toBeGreaterThan(0);
  expect(long).toEqual([]);
});

const MOST_FILES = 16;
/** Folders that are being taken apart. */
const CROWDED: readonly string[] = ['src/bird/publish'];

it('no folder of src/ holds more than 16 files', () => {
  const folders = new Map<string, number>();
  for (const { path } of sourceFiles('src', ['.ts', '.c', '.h'])) {
    const folder = dirname(`src/${path}`);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  const crowded = [...folders].filter(([folder, count]) => count > MOST_FILES && !CROWDED.includes(folder));
  expect(crowded).toEqual([]);
});
