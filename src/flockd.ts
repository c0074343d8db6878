import { Command, CommanderError } from 'commander';
import { DEFAULT_CONFIG } from './cli/context.ts';
import { endOnDefect, logWarnings } from './daemon/defects.ts';
import { runDaemon } from './daemon/run.ts';
import { errorText, FlockError } from './errors.ts';
import { createLogger } from './log.ts';
import { printableLines, quoteText } from './model/printable.ts';
import { VERSION } from './version.ts';

/** Exit statuses; EX_CONFIG of sysexits.h tells systemd about a bad file, which a restart does not correct. */
const START_FAILED = 1;
const BAD_USAGE = 2;
const BAD_CONFIGURATION = 78;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

/** Reads the command line. @returns the options, or an exit status. */
function parseArguments(argv: readonly string[]): { readonly config: string; readonly logLevel: string } | number {
  const program = new Command('flockd')
    .description('wire pods to this node and announce their addresses through BIRD while they are Ready')
    .version(VERSION)
    .option('--config <path>', 'the configuration file', DEFAULT_CONFIG)
    .option('--log-level <level>', `one of ${LOG_LEVELS.join(', ')}`, 'info')
    .allowExcessArguments(false)
    .configureOutput({ writeErr: (text) => process.stderr.write(printableLines(text)) })
    .exitOverride();
  try {
    program.parse([...argv], { from: 'user' });
    const options = program.opts<{ config: string; logLevel: string }>();
    if (LOG_LEVELS.includes(options.logLevel)) return options;
    process.stderr.write(
      `flockd: --log-level ${quoteText(options.logLevel)}: must be one of ${LOG_LEVELS.join(', ')}\n`,
    );
    return BAD_USAGE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE;
    throw error;
  }
}

const options = parseArguments(process.argv.slice(2));
if (typeof options === 'number') process.exitCode = options;
else {
  const log = createLogger(options.logLevel);
  endOnDefect(log);
  logWarnings(log);
  runDaemon(options.config, log).catch((error: unknown) => {
    log.error({ err: error }, `flockd cannot start: ${errorText(error)}`);
    const isConfiguration = error instanceof FlockError && error.code === 'configurationInvalid';
    process.exit(isConfiguration ? BAD_CONFIGURATION : START_FAILED);
  });
}
