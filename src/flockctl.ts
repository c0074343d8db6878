import { Command, CommanderError } from 'commander';
import type { CliContext } from './cli/context.ts';
import { VERBS } from './cli/verbs.ts';
import { errorText } from './errors.ts';
import { hasErrno } from './files/errno.ts';
import { printableLines } from './model/printable.ts';
import { VERSION } from './version.ts';

/** Exit statuses: done, failed, bad usage. */
const DONE = 0;
const FAILED = 1;
const BAD_USAGE = 2;

/** Runs `flockctl` with the given arguments. @returns the exit status. */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  const program = new Command('flockctl')
    .description('show and control flockd, the daemon that announces pods over BGP')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: (text) => context.err(printableLines(text)) })
    .showHelpAfterError('("flockctl --help" lists the verbs)');
  for (const register of VERBS) register(program, context);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : BAD_USAGE;
    context.err(printableLines(`flockctl: ${errorText(error)}\n`));
    return FAILED;
  }
}

if (import.meta.main) {
  // A reader that has seen enough and goes, such as head, takes nothing away from what the verb has done.
  process.stdout.on('error', (error) => {
    if (hasErrno(error, 'EPIPE')) return;
    process.stderr.write(`flockctl: standard output cannot be written: ${error.message}\n`);
    process.exitCode = FAILED;
  });
  // There is nowhere left to report it.
  process.stderr.on('error', () => undefined);
  const status = await main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    now: () => new Date(),
  });
  if (status !== DONE) process.exitCode = status;
}
