import { pino } from 'pino';
import { createLineOutput } from './log-output/output.ts';
import { openSink } from './log-output/sink.ts';
import { printableJson } from './model/printable.ts';

/** The logger of every room: structured fields first, then the sentence. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How long the end of the process waits for a reader of its last lines, in milliseconds. */
const LAST_LINES_MS = 200;

/** Standard error (unistd.h). */
const STDERR = 2;

/**
 * JSON lines on standard error, where journald takes them. `level` as in pino: `debug`, `info`, `warn`, `error`. Nothing
 * ever waits for their reader: lines are kept for a while, and lost and counted beyond that. What a terminal would
 * obey or not show is escaped, whatever text it came from.
 */
export function createLogger(level: string): Logger {
  const output = createLineOutput(openSink(STDERR), lossLine);
  process.on('exit', () => output.flush(LAST_LINES_MS));
  const printing = { write: (line: string) => output.write(printableJson(line)) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, printing);
}

/** In pino's format, whatever the level: a gap must never look as if nothing happened. */
function lossLine(lost: number): string {
  const msg = `${lost} ${lost === 1 ? 'line' : 'lines'} of the log were lost: nothing read it, or it could not be written`;
  return `${JSON.stringify({ level: pino.levels.values.warn, time: new Date().toISOString(), lost, msg })}\n`;
}
