import { announced, givenElsewhere } from './machine/announcements.ts';
import {
  beginPublish,
  birdAsked,
  editsFound,
  editsKept,
  endUnproven,
  gaveWay,
  placeRead,
  publishFaulted,
  readPlace,
  recovered,
  undoneRead,
} from './machine/begin.ts';
import { dryRunEnded, judged, neighborsRead, previewed, sessionsTold } from './machine/change.ts';
import { type ChangeTurn, changeFaulted, endChange, putInPlace } from './machine/change-end.ts';
import type { Answer, Event, Failure } from './machine/effects.ts';
import { andThen, type Moment, type PublishState, type PublishTurn, type Step, step } from './machine/state.ts';
import { log, untimed } from './machine/steps.ts';
import {
  compared,
  confirmed,
  displaced,
  endTrial,
  reconfigured,
  resume,
  takenBack,
  trialFaulted,
  unlessLate,
} from './machine/trial.ts';

export { initialState, type Moment, type PublishState } from './machine/state.ts';

/**
 * The state of the files given to BIRD: what is in force, what waits, was refused or undone, what is on trial, what is
 * permitted, and which sessions earlier changes have cost. Pure: it acts through the effects that it returns.
 *
 * The effects of a step are carried out in their order. The last one may be a question; its answer, or its failure, is
 * the next event, and no other request than `permit`, `birdChanged` and `closing` may come in between.
 */
export function advance(state: PublishState, event: Event, now: Moment): Step {
  switch (event.kind) {
    case 'permit': {
      const { held } = state;
      return step({ ...state, granted: held && { ...event.permission, config: held.config } });
    }
    case 'birdChanged':
      return birdChanged(state);
    case 'closing':
      return step({ ...state, closed: true }, { kind: 'stopWatching' });
    case 'refusedFilesLeft':
      return step({ ...state, refusedKept: true });
    case 'publish':
      return beginPublish(state, event, now);
    case 'wake':
      return resume(state);
    case 'close':
      return close(state);
    case 'diskRefused':
    case 'birdFailed':
    case 'broken':
      return failed(state, event, now);
    default:
      return answered(state, event, now);
  }
}

/** Nothing that was known of BIRD is valid any more. */
function birdChanged(state: PublishState): Step {
  const { turn, trial, held } = state;
  return step({
    ...{ ...state, inForce: undefined, elsewhere: undefined, readsOurs: false, trial: untimed(trial) },
    // Another BIRD may judge otherwise.
    held: held?.state === 'refused' ? undefined : held,
    turn: turn?.of === 'publish' ? { ...turn, birdChanged: true } : turn,
  });
}

function close(state: PublishState): Step {
  const { trial } = state;
  if (trial === undefined) return step(state);
  return step({ ...state, turn: { of: 'close' } }, { kind: 'takeBack', hasTimer: trial.hasTimer });
}

function answered(state: PublishState, answer: Answer, now: Moment): Step {
  const { turn } = state;
  if (turn?.of === 'publish') {
    return isAtChange(turn) ? changeAnswered(state, turn, answer, now) : publishAnswered(state, turn, answer, now);
  }
  if (turn?.of === 'trial') return trialAnswered(state, answer, now);
  if (turn?.of === 'close' && answer.kind === 'takenBack') {
    // The note beside the files stays: the next start compares with it.
    return endUnproven({ ...state, turn: undefined }, answer.said, now);
  }
  throw unexpected(answer);
}

function isAtChange(turn: PublishTurn): turn is ChangeTurn {
  return turn.change !== undefined;
}

function publishAnswered(state: PublishState, turn: PublishTurn, answer: Answer, now: Moment): Step {
  switch (answer.kind) {
    case 'editsFound':
      return editsFound(state, turn, answer);
    case 'birdAsked':
      return birdAsked(state, turn, answer);
    case 'editsKept':
      return editsKept(state, answer);
    case 'recovered':
      return recovered(state, answer, now);
    case 'undoneRead':
      return undoneRead(state, answer, now);
    case 'takenBack':
      return gaveWay(state, answer, now);
    case 'noteRemoved':
      return readPlace(state);
    case 'placeRead':
      return placeRead(state, turn, answer, now);
    case 'announced':
      return announced(state, turn, answer, now);
    case 'givenElsewhere':
      return givenElsewhere(state, turn, answer, now);
    default:
      throw unexpected(answer);
  }
}

function changeAnswered(state: PublishState, turn: ChangeTurn, answer: Answer, now: Moment): Step {
  switch (answer.kind) {
    case 'sessionsTold':
      return sessionsTold(state, turn, answer, now);
    case 'judged':
      return judged(state, turn, answer, now);
    case 'neighborsRead':
      return neighborsRead(state, turn, answer, now);
    case 'previewed':
      return previewed(state, turn, answer, now);
    case 'dryRunEnded':
      return dryRunEnded(state, turn, answer, now);
    case 'putInPlace':
      return putInPlace(state, turn, answer, now);
    default:
      throw unexpected(answer);
  }
}

function trialAnswered(state: PublishState, answer: Answer, now: Moment): Step {
  const { trial } = state;
  if (trial === undefined) throw unexpected(answer);
  switch (answer.kind) {
    case 'compared':
      return compared(state, trial, answer, now);
    case 'confirmed':
      return confirmed(state, trial);
    case 'displaced':
      return displaced(state, trial, now);
    case 'reconfigured':
      return reconfigured(state, trial, answer, now);
    case 'takenBack':
      return takenBack(state, trial, answer);
    case 'noteRemoved':
      return trial.verdict === undefined ? step(state) : endTrial(state, trial, trial.verdict, now);
    default:
      throw unexpected(answer);
  }
}

function failed(state: PublishState, failure: Failure, now: Moment): Step {
  const { turn, trial } = state;
  if (turn?.of === 'publish') return publishFailed(state, turn, failure, now);
  if (turn?.of === 'trial' && trial !== undefined) {
    if (failure.kind === 'birdFailed') return unlessLate(state, trial, failure.message, now);
    return trialFaulted(state, trial, failure);
  }
  const message = `cannot take back the ${state.paths.config} on trial: ${failure.message}`;
  return step({ ...state, turn: undefined }, log('error', message, 'error' in failure ? { err: failure.error } : {}));
}

function publishFailed(state: PublishState, turn: PublishTurn, failure: Failure, now: Moment): Step {
  const { message } = failure;
  if (failure.kind === 'broken') {
    // The caller of the publish gets the error; what it has done half way is rolled back by the next one.
    return step(
      { ...state, turn: undefined, recovered: state.recovered && turn.change === undefined },
      { kind: 'discardCandidate' },
    );
  }
  if (!isAtChange(turn)) return publishFaulted(state, turn, failure.during, message, now);
  if (failure.kind === 'diskRefused') return changeFaulted(state, turn, message, now);
  const poke = failure.during === 'dryRun' ? [{ kind: 'poke' } as const] : [];
  return andThen(step(state, ...poke), (next) =>
    endChange(next, turn, { ok: false, code: 'birdUnavailable', message }, now),
  );
}

function unexpected({ kind }: Answer): Error {
  return new Error(`the answer ${kind} comes without its question`);
}
