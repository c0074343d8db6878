import { readFileSync } from 'node:fs';
import type { FileTally } from './tally.ts';

/** One command of the run. */
export interface CommandRun {
  /** As it is typed. */
  readonly command: string;
  /** Its exit status; 124 and 137 are those of `timeout` after its deadline. */
  readonly status: number;
  /** What its test files came to; undefined for a command that counts as one test itself. */
  readonly files: readonly FileTally[] | undefined;
}

const SLOWEST = 10;
const DEADLINE_STATUSES = [124, 137];

/**
 * What a run says at its end: the commands that failed, the ten slowest test files, and as the last line
 * `N passed, N failed[, N skipped]`. A command that failed counts as one failure more where no test of it failed, and where
 * its deadline has cut it off.
 */
export function summaryOf(runs: readonly CommandRun[]): { lines: string[]; failed: number } {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines: string[] = [];
  for (const { command, status, files } of runs) {
    if (status !== 0) lines.push(`${command}: exit status ${status}${cutOff(status) ? ', at its deadline' : ''}`);
    const failed = sum(files, 'failed');
    total.passed += files === undefined && status === 0 ? 1 : sum(files, 'passed');
    total.failed += failed + (status !== 0 && (failed === 0 || cutOff(status)) ? 1 : 0);
    total.skipped += sum(files, 'skipped');
  }
  const slowest = runs
    .flatMap(({ files }) => files ?? [])
    .sort((one, other) => other.ms - one.ms)
    .slice(0, SLOWEST);
  if (slowest.length > 0) lines.push('The slowest test files, in seconds:');
  for (const { file, ms } of slowest) lines.push(`${(ms / 1_000).toFixed(1).padStart(8)}  ${file}`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  lines.push(`${total.passed} passed, ${total.failed} failed${skipped}`);
  return { lines, failed: total.failed };
}

function cutOff(status: number): boolean {
  return DEADLINE_STATUSES.includes(status);
}

function sum(files: readonly FileTally[] | undefined, key: 'passed' | 'failed' | 'skipped'): number {
  return (files ?? []).reduce((all, file) => all + file[key], 0);
}

/** Reads the lines of the tally reporter. */
export function parseTallies(text: string): FileTally[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as FileTally);
}

// Arguments in threes: the command, its exit status, and the file of its tallies (empty for a command without tests).
if (import.meta.main) {
  const words = process.argv.slice(2);
  const runs: CommandRun[] = [];
  for (let at = 0; at < words.length; at += 3) {
    const [command = '', status = '', path = ''] = words.slice(at, at + 3);
    const files = path === '' ? undefined : parseTallies(readFileSync(path, 'utf8'));
    runs.push({ command, status: Number(status), files });
  }
  const { lines, failed } = summaryOf(runs);
  console.log(lines.join('\n'));
  process.exitCode = failed === 0 ? 0 : 1;
}
