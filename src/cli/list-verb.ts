import type { Command } from 'commander';
import { apiGet } from '../api/client.ts';
import {
  type CliContext,
  type CommonOptions,
  printJson,
  type WideOption,
  withCommonOptions,
  withWide,
} from './context.ts';

/** A verb that shows all things of one kind. */
interface ListVerb<T> {
  readonly name: string;
  readonly description: string;
  /** Where the daemon's socket has them. */
  readonly path: string;
  readonly accepts: (value: unknown) => value is T;
  /** The table for people. @param wide with the sentence of each reason. */
  readonly format: (things: T, now: Date, wide?: boolean) => string;
}

/** Adds the verb, with `--json`, `--socket` and `--wide`. */
export function registerList<T>(program: Command, context: CliContext, verb: ListVerb<T>): void {
  withWide(withCommonOptions(program.command(verb.name)))
    .description(verb.description)
    .action(async (options: CommonOptions & WideOption) => {
      const things = await apiGet(options.socket, verb.path, { accepts: verb.accepts });
      if (options.json) printJson(context, things);
      else context.out(verb.format(things, context.now(), options.wide));
    });
}
