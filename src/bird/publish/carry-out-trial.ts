import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import { type PublishPaths, previousOf } from '../files/paths.ts';
import { putBackPrevious, removeNote } from '../files/trial-note.ts';
import { faultText } from '../judge/verdict.ts';
import { compareWithBefore } from '../measure/comparison.ts';
import type { Answer, Question } from './machine/effects.ts';
import type { Means } from './means.ts';

type Of<K extends Question['kind']> = Extract<Question, { readonly kind: K }>;

export async function compare({ yardstick }: Of<'compare'>, { control }: Means): Promise<Answer> {
  return { kind: 'compared', finding: await compareWithBefore(yardstick, control) };
}

/** Confirms the change, unless BIRD may run another text than the one in place. @throws BirdError */
export async function confirm({ hasTimer }: Of<'confirm'>, { control }: Means): Promise<Answer> {
  await control.showStatus();
  if (control.displaced === true) return { kind: 'displaced' };
  // 0019, nothing to do: the timer has been ended, or has ended the change.
  const isConfirmed = !hasTimer || (await control.confirm()) === 'confirmed';
  return { kind: isConfirmed ? 'confirmed' : 'displaced' };
}

/** @throws BirdError */
export async function reconfigure(_question: Of<'reconfigure'>, { control }: Means): Promise<Answer> {
  const answer = await control.configure();
  const said = answer.outcome === 'refused' ? faultText(answer.error) : answer.outcome;
  return { kind: 'reconfigured', applied: answer.outcome === 'applied', said };
}

/** @throws an error of the file system. */
export function forgetNote(_question: Of<'removeNote'>, { paths }: Means): Answer {
  removeNote(paths);
  return { kind: 'noteRemoved' };
}

/**
 * Rolls back a change on trial: the previous files are put back, and BIRD is made to run them.
 * @throws an error of the file system; BIRD is rolled back nevertheless if it can be.
 */
export async function takeBack({ hasTimer }: Of<'takeBack'>, { paths, control }: Means): Promise<Answer> {
  try {
    putBackPrevious(paths);
  } catch (error) {
    if (hasTimer) await backInForce(() => control.undo(), paths);
    throw error;
  }
  const said = await backInForce(async () => {
    const { undoInSeconds } = await control.configureStatus();
    await control.showStatus();
    // After announcements went out, or after another program's configure, BIRD remembers something else.
    const remembers = hasTimer && undoInSeconds !== undefined && control.displaced !== true;
    return remembers ? control.undo() : control.configure();
  }, paths);
  return { kind: 'takenBack', said };
}

/** Makes BIRD run what was before. @returns what went wrong; empty when nothing did. */
async function backInForce(ask: () => ReturnType<BirdControl['configure']>, paths: PublishPaths): Promise<string> {
  try {
    const answer = await ask();
    if (answer.outcome === 'applied') return '';
    const said = answer.outcome === 'refused' ? faultText(answer.error) : answer.outcome;
    return `but BIRD does not take ${previousOf(paths.config)} back: ${said}`;
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    return `the previous files are in place, and BIRD will read them when it answers again (${errorText(error)})`;
  }
}
