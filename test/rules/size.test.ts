import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionLengths } from './function-lengths.ts';
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
it('no folder of src/ holds more than 16 files', () => {
  const folders = new Map<string, number>();
  for (const { path } of sourceFiles('src', ['.ts', '.c', '.h'])) {
    const folder = dirname(`src/${path}`);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  const crowded = [...folders].filter(([, count]) => count > MOST_FILES);
  expect(crowded).toEqual([]);
});

const MOST_FUNCTION_LINES = 80;
/** Functions that are longer, each with its reason. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = {};

describe('no function of src/ is longer than 80 lines', () => {
  const long = sourceFiles('src', ['.ts']).flatMap(({ path, text }) =>
    functionLengths(text)
      .filter(({ lines }) => lines > MOST_FUNCTION_LINES)
      .map(({ name, line, lines }) => ({ key: `${path} ${name}`, at: `${path}:${line} ${name}: ${lines} lines` })),
  );

  it('without a reason', () => {
    expect(long.filter(({ key }) => LONG_FUNCTIONS[key] === undefined).map(({ at }) => at)).toEqual([]);
  });

  it('and no reason outlives its function', () => {
    const keys = long.map(({ key }) => key);
    expect(Object.keys(LONG_FUNCTIONS).filter((key) => !keys.includes(key))).toEqual([]);
  });
});
