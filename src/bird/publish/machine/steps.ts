import type { Stamps } from '../../files/stamps.ts';
import type { PublishResult, RenderedFiles } from '../../types.ts';
import type { Effect } from './effects.ts';
import type { Held } from './held-change.ts';
import {
  andThen,
  type Moment,
  type PublishState,
  type PublishTurn,
  type Step,
  step,
  type UndoneEdition,
} from './state.ts';

/** Steps that a publish, a change and a trial have in common. */

export function log(level: 'info' | 'warn' | 'error', message: string, fields: object = {}): Effect {
  return { kind: 'log', level, fields, message };
}

/**
 * Holds a text back; what was refused or undone is kept beside the files with the reason.
 * @param edition of the text.
 */
export function hold(
  state: PublishState,
  what: Omit<Held, 'since'>,
  files: RenderedFiles,
  edition: number | undefined,
  now: Moment,
): Step {
  const { held } = state;
  const since = held?.config === what.config && held.message === what.message ? held.since : now.date;
  const holds: Held = { ...what, since };
  const next: PublishState = { ...state, held: holds, undone: withUndone(state, holds, edition), refusedKept: true };
  // What waits is kept nowhere: it is shown by `flockctl render --diff`.
  if (what.state === 'waits') return step(next);
  return step(next, { kind: 'keepRefused', state: what.state, files, message: what.message });
}

function withUndone({ undone }: PublishState, held: Held, edition: number | undefined): readonly UndoneEdition[] {
  if (held.state !== 'undone' || edition === undefined) return undone;
  // Another edition is tried whatever the result of earlier ones.
  const others = undone.filter((one) => one.edition === edition && one.held.config !== held.config);
  return [...others, { held, edition }];
}

/** What is in place is what is wanted: whatever was held back no longer matters. */
export function settle(state: PublishState): Step {
  const next = { ...state, held: undefined };
  return state.refusedKept ? step({ ...next, refusedKept: false }, { kind: 'forgetRefused' }) : step(next);
}

/** BIRD has loaded these files in place, unless it has restarted since it was told to. */
export function accept(state: PublishState, files: RenderedFiles, stamps: Stamps): Step {
  const poke = { kind: 'poke' } as const;
  if (state.turn?.of === 'publish' && state.turn.birdChanged) return step(state, poke);
  const inForce = { config: files.config, announcements: files.announcements, stamps };
  return step({ ...state, inForce, elsewhere: undefined, readsOurs: true }, poke);
}

/**
 * Remembers the result of a publish or a trial. A failure is logged, but not again when it is the same with a retry.
 */
export function remember(state: PublishState, result: PublishResult, now: Moment): Step {
  const { code, message } = result.ok ? { code: '', message: '' } : result;
  const isNews = !result.ok && state.last?.message !== message;
  const last = { at: now.date.toISOString(), ok: result.ok, code, message };
  return step({ ...state, last }, ...(isNews ? [log('warn', message, { code })] : []));
}

/** Answers a publish. */
export function finish(state: PublishState, turn: PublishTurn, result: PublishResult, now: Moment): Step {
  const answer = withFault(result, turn.fault, state.paths.folder);
  const isFileError = !answer.ok && answer.code === 'fileError';
  // With `own` that file is flockd's, and an edit of it is reported anyway.
  const main = answer.ok || state.paths.mode === 'own' ? undefined : { stamp: turn.mainStamp };
  const discard: Effect[] = turn.change === undefined ? [] : [{ kind: 'discardCandidate' }];
  const end = step({ ...state, turn: undefined }, ...discard, { kind: 'watch', main, again: isFileError });
  // When there is nothing to do after a failure, what failed has been rolled back.
  const isNoted = !answer.ok || answer.changed || state.last?.ok === false;
  const noted = isNoted ? andThen(end, (next) => remember(next, answer, now)) : end;
  return andThen(noted, (next) => step(next, { kind: 'answer', result: answer }));
}

/** The answer of a publish that met an error of the file system, and would otherwise have answered this. */
function withFault(result: PublishResult, fault: string | undefined, folder: string): PublishResult {
  if (fault === undefined || (!result.ok && result.code !== 'fileError')) return result;
  const said = result.ok ? '' : result.message;
  const message = `cannot write BIRD's files: ${fault}${said === '' ? '' : `; ${said}`}; flockd must be able to make and rename files in ${folder}`;
  return { ok: false, code: 'fileError', message, announcementsInForce: result.ok };
}

/** A plain `configure`, or a restart of BIRD, ends BIRD's timer and brings back what is in place. */
export function untimed(trial: PublishState['trial']): PublishState['trial'] {
  return trial === undefined ? undefined : { ...trial, hasTimer: false, displaced: false };
}
