import { firstChange } from '../../judge/first-change.ts';
import { lostBy } from '../../measure/lost-sessions.ts';
import type { Answer } from './effects.ts';
import { heldResult } from './held-change.ts';
import { andThen, type Moment, type PublishState, type Step, step, type Trial, type TrialEnd } from './state.ts';
import { hold, log, remember, settle } from './steps.ts';

type Of<K extends Answer['kind']> = Extract<Answer, { readonly kind: K }>;

/** Between two comparisons, in milliseconds. */
const COMPARE_MS = 100;
/** How long everything must have been good before a change counts as proven, in milliseconds. */
const SETTLE_MS = 300;
/** Between two tries while the files cannot be repaired, in milliseconds. */
const TROUBLE_MS = 1_000;

/**
 * Watches a change that BIRD has accepted under `configure timeout`. It ends with `configure confirm`, or is rolled
 * back: the previous files are put back, and BIRD undoes or reads them. Announcements may go out meanwhile: their plain
 * `configure` ends BIRD's timer, and from then on the note beside the files is the safety net.
 */
export function beginTrial(
  state: PublishState,
  subject: Pick<Trial, 'files' | 'live' | 'locate' | 'edition' | 'yardstick' | 'resets' | 'seconds'>,
  now: Moment,
): Step {
  const trial: Trial = {
    ...{ ...subject, since: now.date, deadline: now.ms + subject.seconds * 1_000, hasTimer: true, displaced: false },
    ...{ goodSince: undefined, suspected: false, reason: undefined, verdict: undefined, trouble: '' },
  };
  const resets = subject.resets.map(({ protocol }) => protocol);
  return step(
    { ...state, held: undefined, trial },
    log('info', `a new ${state.paths.config} is on trial`, { resets }),
    { kind: 'wake', afterMs: 0 },
  );
}

/** The next step of a trial. */
export function resume(state: PublishState): Step {
  const { trial } = state;
  // It has ended since this was asked for.
  if (trial === undefined) return step(state);
  const next: PublishState = { ...state, turn: { of: 'trial' } };
  if (trial.verdict !== undefined) return step(next, { kind: 'removeNote' });
  if (trial.reason !== undefined) return step(next, { kind: 'takeBack', hasTimer: trial.hasTimer });
  return step(next, { kind: 'compare', yardstick: trial.yardstick });
}

export function compared(state: PublishState, trial: Trial, { finding }: Of<'compared'>, now: Moment): Step {
  if (finding.finding === 'lost') {
    if (trial.suspected) return condemn(state, trial, finding.message);
    // BIRD's answers come one after the other: a device that was away only between two of them is no loss.
    const { yardstick } = trial;
    return step({ ...state, trial: { ...trial, suspected: true } }, { kind: 'compare', yardstick });
  }
  if (finding.finding === 'missing') {
    const message = `${finding.message}, ${trial.seconds} seconds after the change`;
    return unlessLate(state, { ...trial, suspected: false, goodSince: undefined }, message, now);
  }
  const { goodSince = now.ms } = trial;
  const good = { ...trial, suspected: false, goodSince };
  if (now.ms - goodSince < SETTLE_MS) return later(state, good, COMPARE_MS);
  if (trial.displaced) return reconfigure(state, good);
  return step({ ...state, trial: good }, { kind: 'confirm', hasTimer: trial.hasTimer });
}

export function confirmed(state: PublishState, trial: Trial): Step {
  return step({ ...state, trial: { ...trial, verdict: { end: 'proven' } } }, { kind: 'removeNote' });
}

/**
 * BIRD may run another text than the one in place. It is told to read that again, and the sessions get their full time
 * again.
 */
export function displaced(state: PublishState, trial: Trial, now: Moment): Step {
  const message = 'another program or person has reconfigured BIRD, or its undo timer has, while a change is on trial';
  const deadline = now.ms + trial.seconds * 1_000;
  return andThen(step(state, log('warn', message)), (next) => reconfigure(next, { ...trial, deadline }));
}

function reconfigure(state: PublishState, trial: Trial): Step {
  const again = { ...trial, displaced: true, hasTimer: false, goodSince: undefined };
  return step({ ...state, trial: again }, { kind: 'reconfigure' });
}

export function reconfigured(state: PublishState, trial: Trial, answer: Of<'reconfigured'>, now: Moment): Step {
  const message = `BIRD was reconfigured by another program or person, and answers now: ${answer.said}`;
  return unlessLate(state, { ...trial, displaced: !answer.applied }, message, now);
}

/** Compares again while there is time. @param message why it is rolled back otherwise. */
export function unlessLate(state: PublishState, trial: Trial, message: string, now: Moment): Step {
  return now.ms < trial.deadline ? later(state, trial, COMPARE_MS) : condemn(state, trial, message);
}

function later(state: PublishState, trial: Trial, afterMs: number): Step {
  return step({ ...state, turn: undefined, trial: { ...trial, trouble: '' } }, { kind: 'wake', afterMs });
}

function condemn(state: PublishState, trial: Trial, reason: string): Step {
  return step({ ...state, trial: { ...trial, reason } }, { kind: 'takeBack', hasTimer: trial.hasTimer });
}

export function takenBack(state: PublishState, trial: Trial, { said }: Of<'takenBack'>): Step {
  const how = said === '' ? 'the previous configuration is in force again' : said;
  const place = firstChange(trial.live ?? '', trial.files.config, trial.locate);
  const where = place === '' ? '' : ` (its first new line comes from ${place})`;
  const remedy = 'correct it, or run "flockctl apply" to try the same again';
  const message = `${trial.reason ?? ''}: the change is undone, ${how}; ${remedy}${where}`;
  return step({ ...state, trial: { ...trial, verdict: { end: 'undone', message } } }, { kind: 'removeNote' });
}

export function endTrial(state: PublishState, trial: Trial, end: TrialEnd, now: Moment): Step {
  const over = step({ ...state, turn: undefined, trial: undefined }, { kind: 'poke' });
  const ended = andThen(over, (next) => {
    if (end.end === 'proven') {
      const undone = next.undone.filter(({ held }) => held.config !== trial.files.config);
      const proven = andThen(settle({ ...next, undone }), (done) =>
        step(done, log('info', `the new ${state.paths.config} is proven`)),
      );
      return andThen(proven, (done) => remember(done, { ok: true, changed: true }, now));
    }
    const { config } = trial.files;
    const held = { state: 'undone', config, message: end.message, resets: [], main: undefined } as const;
    // What BIRD runs after an undo is asked for with the next publish.
    const undone = { ...next, inForce: undefined, lost: lostBy(trial.yardstick.before, now.ms) };
    return andThen(hold(undone, held, trial.files, trial.edition, now), (done) =>
      remember(done, heldResult(held), now),
    );
  });
  return andThen(ended, (next) => step(next, { kind: 'publishAgain' }));
}

/** Files that cannot be repaired now are repaired when they can be. */
export function trialFaulted(
  state: PublishState,
  trial: Trial,
  failure: { readonly during: string; readonly message: string; readonly error?: unknown },
): Step {
  const said = `cannot end the trial of ${state.paths.config}, and will try again: ${failure.message}`;
  const hasTimer = trial.hasTimer && failure.during !== 'takeBack';
  return step(
    { ...state, turn: undefined, trial: { ...trial, hasTimer, trouble: said } },
    ...(said === trial.trouble ? [] : [log('error', said, { err: failure.error })]),
    { kind: 'publishAgain' },
    { kind: 'wake', afterMs: TROUBLE_MS },
  );
}
