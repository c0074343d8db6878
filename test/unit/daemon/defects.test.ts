// @module-tag real
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../../src');

/** Runs a program that has made itself end on defects, and then does this. */
function after(what: string): { status: number | null; line: Record<string, unknown> } {
  const program = `
    const { endOnDefect, logWarnings } = await import('${SOURCES}/daemon/defects.ts');
    const { createLogger } = await import('${SOURCES}/log.ts');
    const log = createLogger('info');
    endOnDefect(log);
    logWarnings(log);
    setTimeout(() => process.exit(0), 10_000);
    ${what}`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return { status, line: JSON.parse(stderr.trim()) as Record<string, unknown> };
}

describe('an uncaught defect', () => {
  it.each([
    ['an exception', "setImmediate(() => { throw new TypeError('x is gone'); });", 'uncaughtException'],
    ['a rejection', "Promise.reject(new TypeError('x is gone'));", 'unhandledRejection'],
    ['a rejection with something else than an error', "Promise.reject('x is gone');", 'unhandledRejection'],
  ])('ends the process with one line that says what it was: %s', (_what, code, origin) => {
    const { status, line } = after(code);
    expect(status).toBe(1);
    expect(line).toMatchObject({
      level: 50,
      origin,
      msg: expect.stringMatching(/^defect in flockd, which exits: .*x is gone/s),
    });
  });
});

it('a warning of Node itself is one line of the log', () => {
  const { status, line } = after("process.emitWarning('x leaks'); setImmediate(() => process.exit(3));");
  expect(status).toBe(3);
  expect(line).toMatchObject({ level: 40, msg: 'Node warns: x leaks' });
});
