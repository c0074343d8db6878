import { pino } from 'pino';

/** What every room may log with: structured fields first, then the sentence. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** JSON lines on standard error, where journald takes them. `level` as in pino: `debug`, `info`, `warn`, `error`. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}

/** Logs nothing; for programs that answer on standard output alone. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
