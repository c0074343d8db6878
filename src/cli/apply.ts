import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { apiGet, apiPost } from '../api/client.ts';
import { isApplyJson, isStatusJson } from '../api/shape.ts';
import type { ApplyJson, ChangeJson } from '../api/types.ts';
import { FlockError } from '../errors.ts';
import { type CliContext, type CommonOptions, printJson, withCommonOptions } from './context.ts';

/** How long the daemon may take to carry out an apply: a BIRD that hangs is given up on sooner. */
const APPLY_MS = 60_000;
/** Milliseconds between two queries for the state of a trial. */
const ASK_MS = 200;
/** A trial ends by itself, after at most `bird.confirmTimeout`, which is at most 300 seconds. */
const LONGEST_TRIAL_MS = 330_000;

interface ApplyOptions extends CommonOptions {
  readonly reset?: boolean;
  readonly withdraw?: boolean;
}

/** `flockctl apply` */
export function registerApply(program: Command, context: CliContext): void {
  withCommonOptions(program.command('apply'))
    .description('put a waiting, refused or undone BIRD configuration into effect, and report the outcome')
    .option('--reset', 'allow it to reset established sessions')
    .option('--withdraw', 'allow it to stop announcing routes to a router')
    .action(async (options: ApplyOptions) => {
      const { reset = false, withdraw = false, socket } = options;
      const path = `/v1/apply?reset=${reset}&withdraw=${withdraw}`;
      const first = await apiPost(socket, path, { accepts: isApplyJson, timeoutMs: APPLY_MS });
      if (!options.json) sayBegin(context, first);
      const change = await endOfTrial(socket, first.change);
      if (options.json) printJson(context, { ...first, change });
      if (change !== null) throw new FlockError('configurationInvalid', change.message);
      if (!options.json && first.before !== null) context.out('in force\n');
    });
}

function sayBegin(context: CliContext, { change, message }: ApplyJson): void {
  if (message !== '') context.out(`${message}\n`);
  if (change?.state !== 'verifying') return;
  for (const { session, neighbor, reasons } of change.resets) {
    context.out(`resets ${session} (${neighbor}): ${reasons.join(', ')}\n`);
  }
  context.out('waiting until all sessions are back and announce what they did before …\n');
}

/** Waits while a change is on trial. @returns what is not in force at the end. @throws ApiError */
async function endOfTrial(socket: string, change: ChangeJson | null): Promise<ChangeJson | null> {
  const deadline = performance.now() + LONGEST_TRIAL_MS;
  let latest = change;
  while (latest?.state === 'verifying' && performance.now() < deadline) {
    await sleep(ASK_MS);
    latest = (await apiGet(socket, '/v1/status', { accepts: isStatusJson })).bird.change;
  }
  return latest;
}
