import { BirdError } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import { errnoOf } from '../../files/errno.ts';
import { askSessions, judgeCandidate, previewCandidate, putInPlace, readRouters, runDry } from './carry-out-change.ts';
import { findEdits, keepEdits, readPlace, recover, undoneText } from './carry-out-files.ts';
import { compare, confirm, forgetNote, reconfigure, takeBack } from './carry-out-trial.ts';
import { applyAndVerify, applyAtOnce } from './configure.ts';
import type { Answer, Failure, Question } from './machine/effects.ts';
import { type Means, stampsAfterWrite } from './means.ts';
import { publishAnnouncements } from './publish-announcements.ts';

export { obey } from './carry-out-files.ts';

type Of<K extends Question['kind']> = Extract<Question, { readonly kind: K }>;
type Performer<K extends Question['kind']> = (question: Of<K>, means: Means) => Answer | Promise<Answer>;

/** What finds the answer to each question of the machine, on the disk or from BIRD. */
const PERFORMERS: { readonly [K in Question['kind']]: Performer<K> } = {
  findEdits,
  askBird,
  keepEdits,
  recover,
  readUndone: undoneText,
  readPlace,
  publishAnnouncements: announce,
  giveElsewhere,
  askSessions,
  judge: judgeCandidate,
  readNeighbors: readRouters,
  preview: previewCandidate,
  dryRun: runDry,
  putInPlace,
  compare,
  confirm,
  reconfigure,
  takeBack,
  removeNote: forgetNote,
};

/** Carries out what the machine asks. Never throws: what goes wrong is an event too. */
export async function ask<K extends Question['kind']>(question: Of<K>, means: Means): Promise<Answer | Failure> {
  const during: Question['kind'] = question.kind;
  try {
    const perform: Performer<K> = PERFORMERS[question.kind as K];
    return await perform(question, means);
  } catch (error) {
    const message = errorText(error);
    if (error instanceof BirdError) return { kind: 'birdFailed', during, message: error.message };
    // Errors of the file system name the path; anything else is a defect and must not be hidden.
    return { kind: errnoOf(error) === undefined ? 'broken' : 'diskRefused', during, error, message };
  }
}

async function askBird(_question: Of<'askBird'>, { control }: Means): Promise<Answer> {
  try {
    await control.showStatus();
    return { kind: 'birdAsked', answers: true, displaced: control.displaced === true };
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    return { kind: 'birdAsked', answers: false, displaced: false };
  }
}

async function announce({ text, before }: Of<'publishAnnouncements'>, means: Means): Promise<Answer> {
  const { paths, control } = means;
  const apply = before === undefined ? applyAndVerify(paths) : applyAtOnce;
  const applied = await publishAnnouncements(text, before, paths, control, apply);
  return { kind: 'announced', applied, stamps: stampsAfterWrite(means) };
}

async function giveElsewhere({ files, readsOurs }: Of<'giveElsewhere'>, { otherPlace }: Means): Promise<Answer> {
  return { kind: 'givenElsewhere', files, ...(await otherPlace.give(files, readsOurs)) };
}
