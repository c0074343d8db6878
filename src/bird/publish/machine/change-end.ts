import type { SessionReset } from '../../../bird-language/compare/types.ts';
import { refusedOf } from '../../files/paths.ts';
import { firstChange } from '../../judge/first-change.ts';
import { explainFault } from '../../judge/refusal.ts';
import type { PublishResult, PublishRules, RenderedFiles } from '../../types.ts';
import type { Answer } from './effects.ts';
import { DEFAULT_RULES, type HeldState, heldResult } from './held-change.ts';
import {
  andThen,
  type ChangeUnderWay,
  type Moment,
  type PublishState,
  type PublishTurn,
  type Step,
  step,
} from './state.ts';
import { accept, finish, hold, log, settle } from './steps.ts';
import { beginTrial } from './trial.ts';

/** How a change ends: in force, on trial, held back, or not at all. */

/** A publish that is working on a new text. */
export type ChangeTurn = PublishTurn & { readonly change: ChangeUnderWay };

export function filesOf({ files: { announcements }, change: { config } }: ChangeTurn): RenderedFiles {
  return { config, announcements };
}

export function locateOf({ files: { locate = () => undefined } }: PublishTurn) {
  return locate;
}

export function rulesOf({ files: { rules = DEFAULT_RULES } }: PublishTurn): PublishRules {
  return rules;
}

/** What the operator permits for exactly this text. */
export function permissionOf({ granted, change: { config } }: ChangeTurn): {
  readonly reset: boolean;
  readonly withdraw: boolean;
} {
  return granted?.config === config ? granted : { reset: false, withdraw: false };
}

type Of<K extends Answer['kind']> = Extract<Answer, { readonly kind: K }>;

export function putInPlace(state: PublishState, turn: ChangeTurn, answer: Of<'putInPlace'>, now: Moment): Step {
  const { applied, keptForeign, stamps } = answer;
  const { config } = state.paths;
  const { unread, onTrial } = turn.change;
  const kept = step(
    keptForeign === undefined ? state : { ...state, keptForeign },
    ...(keptForeign === undefined
      ? []
      : [log('warn', `${config} was not flockd's; it is kept as ${keptForeign}`, { kept: keptForeign })]),
  );
  return andThen(kept, (next) => {
    if (unread !== undefined || applied === undefined) {
      const forgotten = step({ ...next, refusedKept: false }, { kind: 'forgetRefused' });
      const result = unread ?? { ok: true, changed: true };
      return andThen(forgotten, (done) => endChange(done, turn, result, now));
    }
    if (applied.outcome === 'refused') return refuse(next, turn, applied.message, '', now);
    const { message } = applied.outcome === 'inForce' ? { message: '' } : applied;
    if (applied.outcome === 'unavailable') {
      return endChange(next, turn, { ok: false, code: 'birdUnavailable', message }, now);
    }
    if (applied.outcome === 'notIncluded')
      return endChange(next, turn, { ok: false, code: 'notIncluded', message }, now);
    const taken = andThen(accept(next, filesOf(turn), stamps), (done) =>
      onTrial ? beginTrial(done, trialOf(turn), now) : settle(done),
    );
    return andThen(taken, (done) => endChange(done, turn, { ok: true, changed: true }, now));
  });
}

function trialOf(turn: ChangeTurn) {
  const { live, before, resets } = turn.change;
  const rules = rulesOf(turn);
  const yardstick = { before, intended: rules, mayWithdraw: permissionOf(turn).withdraw };
  const { edition } = turn.files;
  return {
    files: filesOf(turn),
    live,
    locate: locateOf(turn),
    edition,
    yardstick,
    resets,
    seconds: rules.confirmTimeout,
  };
}

/** BIRD refuses the text. @param origin what is known besides BIRD's message. */
export function refuse(state: PublishState, turn: ChangeTurn, said: string, origin: string, now: Moment): Step {
  const { paths } = state;
  const { config } = turn.change;
  const explained = explainFault(said, paths, config, locateOf(turn));
  const message = `BIRD refuses the new configuration: ${explained}${origin}; what ran before still runs, the refused text is kept as ${refusedOf(paths.config)}`;
  const held = { state: 'refused', config, message, resets: [], main: turn.mainRead } as const;
  return andThen(hold(state, held, filesOf(turn), turn.files.edition, now), (next) =>
    endChange(next, turn, heldResult(held), now),
  );
}

/** Holds back a text that BIRD would take. The first line that is new is the one to check. */
export function holdBack(
  state: PublishState,
  turn: ChangeTurn,
  why: HeldState,
  said: string,
  resets: readonly SessionReset[],
  now: Moment,
): Step {
  const { config, live = '' } = turn.change;
  const place = firstChange(live, config, locateOf(turn));
  const message = place === '' ? said : `${said} (the first new line comes from ${place})`;
  const held = { state: why, config, message, resets, main: turn.mainRead };
  return andThen(hold(state, held, filesOf(turn), turn.files.edition, now), (next) =>
    endChange(next, turn, heldResult(held), now),
  );
}

/** The change fails or succeeds; its announcements may still be in force, under the previous text. */
export function endChange(state: PublishState, turn: PublishTurn, done: PublishResult, now: Moment): Step {
  const next = turn.birdChanged ? { ...state, inForce: undefined } : state;
  const isInForce = turn.announced?.ok === true;
  const result =
    done.ok || !isInForce || !('announcementsInForce' in done) ? done : { ...done, announcementsInForce: true };
  return finish(next, turn, result, now);
}

/** The disk refuses what a change needs, which may be done half way. */
export function changeFaulted(state: PublishState, turn: ChangeTurn, message: string, now: Moment): Step {
  const { announced = { ok: false, code: 'fileError', message: '' } } = turn;
  const next = { ...state, recovered: false, inForce: turn.birdChanged ? undefined : state.inForce };
  return finish(next, { ...turn, fault: turn.fault ?? message }, announced, now);
}
