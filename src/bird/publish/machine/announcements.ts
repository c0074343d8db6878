import type { PublishResult, RenderedFiles } from '../../types.ts';
import type { Applied } from '../configure.ts';
import { beginChange } from './change.ts';
import type { Answer } from './effects.ts';
import { andThen, type Moment, type PublishState, type PublishTurn, type Step, step, withTurn } from './state.ts';
import { accept, finish, untimed } from './steps.ts';

type Of<K extends Answer['kind']> = Extract<Answer, { readonly kind: K }>;

/** Announcements and withdrawals do not wait for a change of the configuration, which takes its time. */
export function announce(state: PublishState, turn: PublishTurn, live: string, now: Moment): Step {
  const { announcements } = turn.files;
  const { known, previous } = turn;
  // The files in place have failed and cannot be put back: BIRD must not read them again.
  if (previous !== undefined) return giveElsewhere(state, turn, { config: previous, announcements }, now);
  if (known?.config === live && known.announcements === announcements) {
    return afterAnnouncements(state, turn, { ok: true, changed: false }, now);
  }
  const told = withTurn({ ...state, inForce: undefined, trial: untimed(state.trial) }, turn, { birdChanged: false });
  return step(told, { kind: 'publishAnnouncements', text: announcements, before: known?.announcements });
}

export function giveElsewhere(state: PublishState, turn: PublishTurn, files: RenderedFiles, now: Moment): Step {
  const { elsewhere, readsOurs } = state;
  const next = { ...state, inForce: undefined };
  if (elsewhere?.config === files.config && elsewhere.announcements === files.announcements) {
    return afterAnnouncements(next, turn, { ok: true, changed: true }, now);
  }
  return step(next, { kind: 'giveElsewhere', files, readsOurs });
}

export function givenElsewhere(state: PublishState, turn: PublishTurn, given: Of<'givenElsewhere'>, now: Moment): Step {
  const next = { ...state, readsOurs: given.readsOurs };
  if (given.refusal !== '') {
    return afterAnnouncements(next, turn, { ok: false, code: 'fileError', message: given.refusal }, now);
  }
  const elsewhere = turn.birdChanged ? undefined : given.files;
  const poked = step({ ...next, elsewhere }, { kind: 'poke' });
  return andThen(poked, (done) => afterAnnouncements(done, turn, { ok: true, changed: true }, now));
}

export function announced(state: PublishState, turn: PublishTurn, told: Of<'announced'>, now: Moment): Step {
  const { applied, stamps } = told;
  const { live = '' } = turn;
  if (applied.outcome !== 'inForce') return afterAnnouncements(state, turn, notInForce(applied), now);
  const { announcements } = turn.files;
  const taken = andThen(accept(state, { config: live, announcements }, stamps), (next) =>
    step(next, { kind: 'reserve', announcements }),
  );
  return andThen(taken, (next) => afterAnnouncements(next, turn, { ok: true, changed: true }, now));
}

/** The answer of a publish whose files BIRD has not loaded. */
function notInForce(applied: Exclude<Applied, { outcome: 'inForce' }>): Exclude<PublishResult, { ok: true }> {
  const { message } = applied;
  if (applied.outcome === 'unavailable') return { ok: false, code: 'birdUnavailable', message };
  if (applied.outcome === 'refused') return { ok: false, code: 'configurationRefused', message };
  return { ok: false, code: 'notIncluded', message, announcementsInForce: applied.announcementsInForce };
}

/** Continues with a text that is not the one in place, unless one is on trial or the disk cannot be written. */
function afterAnnouncements(state: PublishState, turn: PublishTurn, result: PublishResult, now: Moment): Step {
  const { live, files, fault } = turn;
  const next: PublishTurn = { ...turn, announced: result };
  const { config = live } = files;
  if (config === undefined || config === live || state.trial !== undefined || fault !== undefined) {
    return finish({ ...state, turn: next }, next, result, now);
  }
  // BIRD does not run a file that it refuses: there is nothing to compare the change with.
  const isUnread = state.paths.mode === 'own' && !result.ok && result.code === 'configurationRefused';
  return beginChange({ ...state, turn: next }, next, config, isUnread ? undefined : live, now);
}
