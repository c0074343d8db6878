import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isRoot, run } from '../lab/lab.ts';

const DEMO = join(import.meta.dirname, '../demo/demo.ts');

it.skipIf(!isRoot)('the demo holds what it shows (needs root)', async () => {
  const { code, stdout, stderr } = await run([process.execPath, DEMO], { timeoutMs: 55_000, allowFailure: true });
  expect(stdout).not.toContain('FAILED');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Everything held');
});
