import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, Lab } from '../lab/lab.ts';
import { createDice } from '../netns/edits/dice.ts';
import { type Planned, stepsByChance } from './generator.ts';
import { Player } from './play.ts';
import { lineOf, parseHistory } from './step.ts';
import { type TamperedWorld, tamperedWorld } from './world.ts';

/** The programs of a player that a Debian may lack. */
const TOOLS = ['nft', 'nsenter', 'unshare'];

/** Whether this machine has all that a play needs. */
export const canTamper: boolean = isRoot && TOOLS.every(isOnPath);

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** How long a replay waits between two steps at most, in milliseconds: a look that has failed once took long. */
const LONGEST_GAP_MS = 3_000;

/** How many lines of flockd's log a trace has. */
const TRACED_LINES = 5_000;

/** The steps of a history, at their distances. */
export function stepsAgain(text: string): Planned[] {
  let before = 0;
  return parseHistory(text).map(({ at, step }) => {
    const pauseMs = Math.min(Math.max(at - before, 0) * 1_000, LONGEST_GAP_MS);
    before = at;
    return { step, pauseMs };
  });
}

/** A seed out of a variable: a whole number, `random`, or the usual one where it is empty. */
export function seedOf(given: string, usual: number): number {
  if (given === '') return usual;
  if (given === 'random') return Math.floor(Math.random() * 2 ** 32);
  const seed = Number(given);
  if (!Number.isInteger(seed)) throw new Error(`FLOCK_TAMPER_SEED must be a whole number or random, not ${given}`);
  return seed;
}

const WHOLE: Planned = { step: { verb: 'whole' }, pauseMs: 0 };

/** What is played: first the node must be whole, and a history ends with that too. */
function* stepsOf(world: TamperedWorld, seed: number, history: string): Generator<Planned> {
  yield WHOLE;
  if (history === '') yield* stepsByChance(createDice(seed), world.facts);
  yield* stepsAgain(readFileSync(history, 'utf8'));
  yield WHOLE;
}

/**
 * Builds a world and plays in it, by chance or as a file says.
 * @param usual what counts where the environment does not say
 * @throws Breach with the seed and all that was done
 */
export async function tamper(usual: { seconds: number; seed: number }): Promise<void> {
  const { FLOCK_TAMPER_SECONDS, FLOCK_TAMPER_SEED = '', FLOCK_TAMPER_HISTORY = '' } = process.env;
  const seconds = Number(FLOCK_TAMPER_SECONDS ?? usual.seconds);
  const seed = seedOf(FLOCK_TAMPER_SEED, usual.seed);
  const origin = FLOCK_TAMPER_HISTORY === '' ? `FLOCK_TAMPER_SEED=${seed}` : FLOCK_TAMPER_HISTORY;
  console.log(`tampering, ${origin}`);
  await using lab = await Lab.create('tamper');
  const world = await tamperedWorld(lab);
  const player = new Player(world);
  try {
    const limit = FLOCK_TAMPER_HISTORY === '' ? seconds : Number.POSITIVE_INFINITY;
    await player.play(stepsOf(world, seed, FLOCK_TAMPER_HISTORY), limit);
  } catch (cause) {
    throw new Error(`${origin}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (process.env.FLOCK_TAMPER_TRACE) {
    console.log(player.history.map(lineOf).join('\n'));
    console.log(world.services.flockd.lastWords(TRACED_LINES));
  }
}
