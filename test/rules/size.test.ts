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
