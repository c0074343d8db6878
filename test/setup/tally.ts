import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** What came of one test file. */
export interface FileTally {
  readonly file: string;
  readonly ms: number;
  readonly passed: number;
  /** Failed tests, and one where the file fails without any: it does not load, or a hook fails. */
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Appends a line of JSON for each test file that has ended to the file that `FLOCK_TALLY` names: so a run that is cut off by
 * its deadline still tells what it has proved.
 */
export default class TallyReporter implements Reporter {
  onTestModuleEnd(module: TestModule): void {
    const path = process.env.FLOCK_TALLY;
    if (path === undefined) throw new Error('FLOCK_TALLY must name the file for the tally');
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const test of module.children.allTests()) count[test.result().state] += 1;
    const failed = module.ok() ? 0 : Math.max(count.failed, 1);
    const tally: FileTally = {
      file: module.relativeModuleId,
      ms: Math.round(module.diagnostic().duration),
      passed: count.passed,
      failed,
      skipped: count.skipped,
    };
    appendFileSync(path, `${JSON.stringify(tally)}\n`);
  }
}
