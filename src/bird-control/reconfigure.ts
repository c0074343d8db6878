import { setTimeout as pause } from 'node:timers/promises';
import { parseConfigure, parseConfigureStatus } from './replies/parse-configure.ts';
import type { Reply } from './replies/reply.ts';
import { BirdError, type ConfigureOutcome, type ConfigureStatus } from './types.ts';

/** Sends one command and returns its reply. */
export type Ask = (command: string) => Promise<Reply>;

/** Pauses between polls of `configure status`, in milliseconds; the last one repeats. The first poll is immediate. */
const POLL_PAUSES_MS = [1, 2, 5, 10, 20, 50];

/** Asks for the state of the configuration. */
export async function configureStatus(ask: Ask): Promise<ConfigureStatus> {
  const command = 'configure status';
  return parseConfigureStatus(command, await ask(command));
}

/**
 * Sends a command that reconfigures BIRD, but only to an idle BIRD: BIRD 3 aborts on a third `configure` while one is
 * running and one is queued, and on an `undo` while one is running. Then polls until the result is in force.
 *
 * @param file the file in the command, for messages
 * @param settleMs longest wait, in milliseconds, for BIRD to become idle, both before and after the command
 * @returns the outcome; `inProgress` or `queued` when BIRD has accepted it but was not done in time
 * @throws BirdError `busy` when BIRD was not idle in time; the command was not sent
 */
export async function reconfigure(
  ask: Ask,
  command: string,
  file: string | undefined,
  settleMs: number,
): Promise<ConfigureOutcome> {
  const before = await settled(ask, settleMs);
  if (before === 'shuttingDown') return { outcome: 'shuttingDown' };
  if (before !== 'idle') {
    throw new BirdError(
      'busy',
      `BIRD is still busy with an earlier reconfiguration after ${settleMs} ms; "${command}" was not sent`,
    );
  }
  const outcome = parseConfigure(command, await ask(command), file);
  if (outcome.outcome !== 'inProgress' && outcome.outcome !== 'queued') return outcome;
  const after = await settled(ask, settleMs);
  return { outcome: after === 'idle' ? 'applied' : after };
}

/** Polls until BIRD is idle or shutting down, or the time is up; returns the last state seen. */
async function settled(ask: Ask, settleMs: number): Promise<ConfigureStatus['state']> {
  const deadline = performance.now() + settleMs;
  for (let round = 0; ; round += 1) {
    const { state } = await configureStatus(ask);
    if (state === 'idle' || state === 'shuttingDown' || performance.now() >= deadline) return state;
    await pause(POLL_PAUSES_MS[Math.min(round, POLL_PAUSES_MS.length - 1)]);
  }
}
