import { errorText } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Exit status after a defect: a failure, so that systemd starts the daemon again. */
const DEFECT = 1;

/**
 * From now on an uncaught error, thrown or a promise's rejection (which Node turns into an exception), is logged and
 * ends the process. What it has left half-done is unknown, and a new start begins with the actual state; until then
 * everything that is announced, routed and wired stays.
 */
export function endOnDefect(log: Logger): void {
  process.on('uncaughtException', (error: unknown, origin) => {
    try {
      log.error({ err: error, origin }, `defect in flockd, which exits: ${errorText(error)}`);
    } finally {
      process.exit(DEFECT);
    }
  });
}

/**
 * From now on a warning of Node itself is a log line. Node would write it to standard error, and block there if the
 * reader does not read.
 */
export function logWarnings(log: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.warn({ err: warning }, `Node warns: ${warning.message}`));
}
