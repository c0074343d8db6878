import type { Command } from 'commander';
import { printableJson } from '../model/printable.ts';

/** Default path of the daemon's socket. */
const DEFAULT_SOCKET = '/run/flock/flock.sock';
/** Default path of the configuration. */
export const DEFAULT_CONFIG = '/etc/flock/flock.yaml';

/** What a verb may use of its environment. */
export interface CliContext {
  /** Writes to standard output. */
  readonly out: (text: string) => void;
  /** Writes to standard error. */
  readonly err: (text: string) => void;
  readonly now: () => Date;
}

/** Options that every verb has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly socket: string;
}

/** Adds `--json` and `--socket`. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print JSON instead of a table')
    .option('--socket <path>', "flockd's socket", DEFAULT_SOCKET);
}

/** Option of the verbs that show a table of many things. */
export interface WideOption {
  readonly wide?: boolean;
}

/** Adds `--wide`. */
export function withWide(command: Command): Command {
  return command.option('--wide', 'add the explanation of each reason');
}

/** Prints a value as JSON, indented, one newline at the end. */
export function printJson(context: CliContext, value: unknown): void {
  context.out(`${printableJson(JSON.stringify(value, undefined, 2))}\n`);
}
