import { describe, expect, it } from 'vitest';
import { type CommandRun, parseTallies, summaryOf } from '../../setup/ci-summary.ts';
import type { FileTally } from '../../setup/tally.ts';

function tally(change: Partial<FileTally> = {}): FileTally {
  return { file: 'test/unit/a.test.ts', ms: 100, passed: 3, failed: 0, skipped: 0, ...change };
}

const TESTS: CommandRun = { command: 'npm test', status: 0, files: [tally()] };
const CHECK: CommandRun = { command: 'npm run check', status: 0, files: undefined };

function lastLine(...runs: CommandRun[]): string {
  return summaryOf(runs).lines.at(-1) ?? '';
}

describe('the last line of a run', () => {
  it('counts the tests of all commands, and a command without tests as one', () => {
    const long: CommandRun = { command: 'npm run test:long', status: 0, files: [tally({ passed: 2, skipped: 1 })] };
    expect(lastLine(TESTS, long, CHECK)).toBe('6 passed, 0 failed, 1 skipped');
  });

  it('counts failed tests once, and a command that fails without one as a failure', () => {
    expect(lastLine({ ...TESTS, status: 1, files: [tally({ failed: 2 })] })).toBe('3 passed, 2 failed');
    expect(lastLine({ ...TESTS, status: 1 })).toBe('3 passed, 1 failed');
    expect(lastLine({ ...TESTS, status: 1, files: [] }, { ...CHECK, status: 2 })).toBe('0 passed, 2 failed');
  });

  it.each([124, 137])('counts a command that its deadline has cut off as a failure more: %i', (status) => {
    const run: CommandRun = { ...TESTS, status, files: [tally({ failed: 1 })] };
    expect(lastLine(run)).toBe('3 passed, 2 failed');
    expect(summaryOf([run]).lines[0]).toBe(`npm test: exit status ${status}, at its deadline`);
  });
});

describe('what comes before it', () => {
  it('is the ten slowest files, the slowest first', () => {
    const files = Array.from({ length: 12 }, (_, at) => tally({ file: `test/${at}.test.ts`, ms: at * 1_000 }));
    const { lines } = summaryOf([{ ...TESTS, files }]);
    expect(lines.slice(0, 2)).toEqual(['The slowest test files, in seconds:', '    11.0  test/11.test.ts']);
    expect(lines).toHaveLength(12);
  });

  it('is read from what the reporter writes', () => {
    const files = [tally(), tally({ file: 'b' })];
    expect(parseTallies(files.map((one) => `${JSON.stringify(one)}\n`).join(''))).toEqual(files);
  });
});
