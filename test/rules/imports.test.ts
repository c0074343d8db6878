import { describe, expect, it } from 'vitest';
import { PURE } from './import-rules.ts';
import { importViolation, impurities, scanImports } from './scan-imports.ts';
import { sourceFiles } from './sources.ts';

/** What one line of source in a file would break. */
function violations(file: string, source: string): string[] {
  return scanImports(source).flatMap((imported) => importViolation(file, imported) ?? []);
}

describe('the rooms of src/', () => {
  const files = sourceFiles('src', ['.ts']);

  it('import only what they may', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((file) => violations(file.path, file.text))).toEqual([]);
  });

  it('write .ts at the end of every relative import', () => {
    const wrong = files.flatMap((file) =>
      scanImports(file.text)
        .filter(({ specifier }) => specifier.startsWith('.') && !/\.(ts|json)$/.test(specifier))
        .map(({ specifier }) => `${file.path}: ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('what is pure', () => {
  const files = new Map(sourceFiles('src', ['.ts']).map(({ path, text }) => [path, text]));
  const textOf = (path: string): string => files.get(path) ?? '';

  it('reaches neither the disk, nor BIRD, nor the clock', () => {
    const pure = [...files.keys()].filter((path) => PURE.some((one) => path === one || path.startsWith(one)));
    expect(pure.length).toBeGreaterThan(PURE.length);
    expect(pure.flatMap((path) => impurities(path, textOf))).toEqual([]);
    const timed = pure.filter((path) =>
      /\b(Date\.now|new Date\(\)|performance\.|setTimeout|setInterval)/.test(textOf(path)),
    );
    expect(timed).toEqual([]);
  });

  it('is not what imports such a thing through another file; a type does no harm', () => {
    const texts: Record<string, string> = {
      'bird/a.ts': "import type { T } from './c.ts';\nimport { b } from './b.ts';\n",
      'bird/b.ts': "import { join } from 'node:path';\nimport { readFileSync } from 'node:fs';\n",
      'bird/c.ts': "import { zod } from 'zod';\n",
    };
    expect(impurities('bird/a.ts', (path) => texts[path] ?? '')).toEqual([
      'bird/a.ts imports bird/b.ts imports node:fs',
    ]);
  });
});

describe('the rule of imports', () => {
  it.each([
    ['a stage that takes a value from its left', 'routes/plan.ts', "import { decide } from '../advertise/decide.ts';"],
    ['a stage that takes a type from its right', 'wiring/plan.ts', "import type { R } from '../routes/types.ts';"],
    ['a stage that takes the real kernel', 'wiring/apply.ts', "import { LinuxKernel } from '../kernel/linux.ts';"],
    [
      'a stage that takes the type of the real kernel',
      'wiring/apply.ts',
      "import type { L } from '../kernel/linux.ts';",
    ],
    ['a value beside an error class', 'routes/apply.ts', "import { KernelError, x } from '../kernel/ports.ts';"],
    ['a statement over several lines', 'pods/x.ts', "import {\n  type A,\n  b,\n} from '../bird/render.ts';"],
    ['a re-export', 'pods/x.ts', "export { b } from '../bird/render.ts';"],
    ['a side effect', 'pods/x.ts', "import '../bird/render.ts';"],
    ['a type written in braces, which loads the file', 'bird/x.ts', "import { type P } from '../pods/types.ts';"],
    ['a dynamic import', 'model/x.ts', "const m = await import('../kernel/linux.ts');"],
    ['a whole namespace', 'engine/x.ts', "import * as k from '../kernel/ports.ts';"],
    ['a room without a rule', 'utils/x.ts', "import { A } from '../model/address.ts';"],
    ['a package out of its room', 'routes/x.ts', "import { Socket } from 'netlink';"],
    ['a package without a rule', 'routes/x.ts', "import lodash from 'lodash/fp';"],
    ['a file of the tests', 'pods/x.ts', "import { Lab } from '../lab/lab.ts';"],
    ['a publisher in what lies on the disk', 'bird/files/x.ts', "import type { M } from '../publish/means.ts';"],
    ['a measurement in a judgement', 'bird/judge/x.ts', "import { l } from '../measure/losses.ts';"],
    ['the engine in a stage', 'status/x.ts', "import type { Loop } from '../engine/loop.ts';"],
  ])('refuses %s', (_what, file, source) => {
    expect(violations(file, source)).toHaveLength(1);
  });

  it.each([
    ['a type from the left', 'routes/plan.ts', "import type { Decision } from '../advertise/types.ts';"],
    ['a file of the own room', 'routes/plan.ts', "import { diff } from './diff.ts';"],
    ['files of the disk in a judgement', 'bird/judge/x.ts', "import { p } from '../files/paths.ts';"],
    ['a file of the room itself in a folder of it', 'bird/files/x.ts', "import { isOurs } from '../names.ts';"],
    ['the model', 'bird/view.ts', "import { formatPrefix } from '../model/prefix.ts';"],
    [
      'an error class of the kernel',
      'routes/apply.ts',
      "import { KernelError, type Route } from '../kernel/ports.ts';",
    ],
    ['the types of the configuration', 'bird/view.ts', "import type { Config } from '../config/types.ts';"],
    ['a type without an import statement', 'bird/view.ts', "type C = import('../config/types.ts').Config;"],
    ['a stage in the engine', 'engine/pass.ts', "import { render } from '../bird/render.ts';"],
    ['everything in a composition root', 'flockd.ts', "import { LinuxKernel } from './kernel/linux.ts';"],
    ['everything in the command line', 'cli/check.ts', "import { LinuxKernel } from '../kernel/linux.ts';"],
    ['a part of Node', 'model/x.ts', "import { join } from 'node:path';"],
    ['an import in a comment', 'model/x.ts', "/* an example:\nimport { a } from '../bird/render.ts';\n*/"],
  ])('allows %s', (_what, file, source) => {
    expect(violations(file, source)).toEqual([]);
  });
});
