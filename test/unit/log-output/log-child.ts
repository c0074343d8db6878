import { writeSync } from 'node:fs';
import { createLogger } from '../../../src/log.ts';

/**
 * A program that logs so many lines of 200 bytes or more, says on standard output that it could, waits until its standard
 * input ends, logs one more, and ends.
 */
const log = createLogger('info');
for (let number = 0; number < Number(process.argv[2]); number += 1) log.info({ number, pad: 'x'.repeat(200) }, 'line');
writeSync(1, 'logged\n');
process.stdin.resume().on('end', () => {
  log.info({}, 'last');
  process.exit(0);
});
