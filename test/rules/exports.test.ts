import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileNames, fileNames, unusedExports } from './exports.ts';
import { sourceFiles } from './sources.ts';

/** Files that other packages import from. */
const PUBLIC: readonly string[] = ['src/bird-control/index.ts'];
/** tsc must be able to name these in a declaration (TS4023). */
const NAMED_IN_DECLARATIONS: readonly string[] = ['src/config/schema/text-values.ts: Listen'];

function read(root: string): FileNames[] {
  return sourceFiles(root, ['.ts']).map(({ path, text }) => {
    const from = posix.join(root, path);
    return fileNames(from, text, (specifier) => posix.normalize(posix.join(posix.dirname(from), specifier)));
  });
}

/** The names of a file from its text alone. */
function names(path: string, text: string): FileNames {
  return fileNames(path, text, (specifier) => posix.normalize(posix.join(posix.dirname(path), specifier)));
}

describe('an export', () => {
  it('has another file of src/ that takes it, or a test of what its own file uses', () => {
    const sources = read('src');
    const takers = [...sources, ...read('packaging')];
    expect(sources.length).toBeGreaterThan(0);
    const unused = unusedExports(sources, read('test'), takers).filter((one) => !NAMED_IN_DECLARATIONS.includes(one));
    expect(unused.filter((one) => !PUBLIC.includes(one.split(':')[0] ?? ''))).toEqual([]);
  });

  it.each([
    ['that no file takes', 'export const a = 1;', '', '', ['src/a.ts: a']],
    ['of a type that only its own file uses', 'export interface A {}\nfunction f(a: A) {}', '', '', ['src/a.ts: A']],
    ['that only a test takes', 'export function f() {}', '', "import { f } from '../src/a.ts';", ['src/a.ts: f']],
    ['that another file takes', 'export const a = 1;', "import { a } from './a.ts';", '', []],
    ['taken as a type among values', 'export class A {}', "import { b, type A } from './a.ts';", '', []],
    ['that another file passes on', 'export const a = 1;', "export { a } from './a.ts';", '', []],
    ['taken under another name', 'export const a = 1;', "import { a as b } from './a.ts';", '', []],
    ['of a file taken as a whole', 'export const a = 1;', "import * as x from './a.ts';", '', []],
    ['used here and tested', 'export function f() {}\nf();', '', "import { f } from '../src/a.ts';", []],
    ['taken in a comment only', 'export const a = 1;', "// import { a } from './a.ts';", '', ['src/a.ts: a']],
  ])('%s', (_what, own, other, test, unused) => {
    const sources = [names('src/a.ts', own), names('src/b.ts', other)];
    expect(unusedExports(sources, [names('test/x.test.ts', test)])).toEqual(unused);
  });
});
