import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './sources.ts';

/** What runs another program or waits on a real clock, as far as the text of a test shows it. */
const REAL: readonly RegExp[] = [
  /from 'node:child_process'/,
  /\bset(Timeout|Interval)\b[^}]*\} from 'node:timers\/promises'/,
  /new Promise[^;]*=> setTimeout\(/,
];

/** The comment in the first line that keeps a file out of `npm run test:quick`. */
const TAG = '// @module-tag real\n';

const needsTag = (text: string): boolean => REAL.some((pattern) => pattern.test(text));

describe('npm run test:quick', () => {
  it('leaves out every file that runs another program or waits on a real clock', () => {
    const files = ['unit', 'property', 'golden', 'rules'].flatMap((folder) =>
      sourceFiles(join('test', folder), ['.test.ts']).map(({ path, text }) => ({ path: join(folder, path), text })),
    );
    // This file has samples of what it looks for.
    const real = files.filter(({ path, text }) => path !== 'rules/quick.test.ts' && needsTag(text));
    expect(real.length).toBeGreaterThan(0);
    expect(
      real.filter(({ text }) => !text.startsWith(TAG)).map(({ path }) => path),
      `these need the first line ${TAG}`,
    ).toEqual([]);
  });

  it.each([
    ["import { spawn } from 'node:child_process';", true],
    ["import { setTimeout as sleep } from 'node:timers/promises';", true],
    ['await new Promise((resolve) => setTimeout(resolve, 50));', true],
    ["import { setImmediate } from 'node:timers/promises';", false],
    ["vi.useFakeTimers({ toFake: ['setTimeout'] });", false],
  ])('says of %s: %s', (text, real) => {
    expect(needsTag(text)).toBe(real);
  });
});
