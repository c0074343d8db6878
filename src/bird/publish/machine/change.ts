import { lossText } from '../../measure/losses.ts';
import { withLost } from '../../measure/lost-sessions.ts';
import { canRunDry, resetText, sessionCost, stoppedByText } from '../../measure/session-cost.ts';
import {
  type ChangeTurn,
  endChange,
  filesOf,
  holdBack,
  locateOf,
  permissionOf,
  refuse,
  rulesOf,
} from './change-end.ts';
import type { Answer } from './effects.ts';
import { type Held, heldResult, staysHeld, waitIsOver } from './held-change.ts';
import {
  andThen,
  type ChangeUnderWay,
  type Moment,
  type PublishState,
  type PublishTurn,
  type Step,
  step,
  withTurn,
} from './state.ts';

type Of<K extends Answer['kind']> = Extract<Answer, { readonly kind: K }>;

/**
 * A new `bird.conf` on its way into force: staged as a whole, judged by BIRD, compared with the sessions that are up,
 * run dry where that can be done without harm, renamed into place, applied under BIRD's timer. Nothing that has not
 * been judged is ever renamed into place: BIRD would not start again with it.
 * @param live the text that it is compared with.
 */
export function beginChange(
  state: PublishState,
  turn: PublishTurn,
  config: string,
  live: string | undefined,
  now: Moment,
): Step {
  const change: ChangeUnderWay = { config, live, before: new Map(), resets: [], unread: undefined, onTrial: false };
  const begun: ChangeTurn = { ...turn, birdChanged: false, change };
  const held = heldOf(state, turn, config);
  const next = { ...state, turn: begun, held };
  if (held === undefined) return judge(next, begun);
  switch (staysHeld(held, turn.files, turn.granted, turn.mainRead)) {
    case 'no':
      return judge(next, begun);
    case 'yes':
      return endChange(next, begun, heldResult(held), now);
    case 'while its sessions are up':
      return step(next, { kind: 'askSessions' });
  }
}

/** What is held back; a text that was undone in this edition is so again, although another one was in force since. */
function heldOf({ held, undone }: PublishState, { files }: PublishTurn, config: string): Held | undefined {
  if (held?.config === config) return held;
  return undone.find((one) => one.held.config === config && one.edition === files.edition)?.held ?? held;
}

export function sessionsTold(state: PublishState, turn: ChangeTurn, { up }: Of<'sessionsTold'>, now: Moment): Step {
  const { held } = state;
  if (held === undefined || (up !== undefined && waitIsOver(held, up))) return judge(state, turn);
  return endChange(state, turn, heldResult(held), now);
}

function judge(state: PublishState, turn: ChangeTurn): Step {
  const { live } = turn.change;
  return step(state, { kind: 'judge', files: filesOf(turn), live, locate: locateOf(turn) });
}

export function judged(state: PublishState, turn: ChangeTurn, answer: Of<'judged'>, now: Moment): Step {
  const { verdict, origin, unread } = answer;
  if (verdict.verdict === 'unknown') {
    const message = `${verdict.message}; the new files are not put in place, since nothing here could judge them`;
    return endChange(state, turn, { ok: false, code: 'birdUnavailable', message }, now);
  }
  if (verdict.verdict === 'refused') return refuse(state, turn, verdict.message, origin, now);
  if (unread !== undefined) return putUnread(state, turn, { ok: false, code: 'notIncluded', message: unread });
  if (verdict.by === 'bird') return step(state, { kind: 'readNeighbors' });
  const message = `${verdict.absence}; the new files pass "bird -p" and are in place for BIRD's next start`;
  return putUnread(state, turn, { ok: false, code: 'birdUnavailable', message });
}

/** Puts the files in place for when BIRD reads them. */
function putUnread(state: PublishState, turn: ChangeTurn, unread: ChangeUnderWay['unread']): Step {
  const next = withTurn(state, turn, { change: { ...turn.change, unread } });
  return step(next, { kind: 'putInPlace', files: filesOf(turn), after: { tell: 'nothing' } });
}

export function neighborsRead(state: PublishState, turn: ChangeTurn, answer: Of<'neighborsRead'>, now: Moment): Step {
  const { neighbors: before, lost } = withLost(state.lost, answer.neighbors, now.ms);
  const next = withTurn({ ...state, lost }, turn, { change: { ...turn.change, before } });
  // Without a session a change can do no harm, and there is nothing to prove.
  const hasSession = [...before.values()].some(({ established }) => established);
  if (hasSession) return step(next, { kind: 'preview' });
  return step(next, { kind: 'putInPlace', files: filesOf(turn), after: { tell: 'configure' } });
}

export function previewed(state: PublishState, turn: ChangeTurn, { preview }: Of<'previewed'>, now: Moment): Step {
  const { before, live } = turn.change;
  const rules = rulesOf(turn);
  const permission = permissionOf(turn);
  const { resets, cut } = sessionCost(preview, before, rules);
  const measured: ChangeTurn = { ...turn, change: { ...turn.change, resets } };
  const next = { ...state, turn: measured };
  // Replacing a file that is not ours is what the operator wants, whatever its sessions are.
  if (live === undefined) return putOnTrial(next, measured);
  if (cut.length > 0) {
    const gone = cut.map(({ protocol, neighbor }) => `${protocol} (${neighbor})`).join(', ');
    const why = `the templates give no session any more for ${gone}, which is up and in bgp.peers; correct the template, or take the peer out of bgp.peers`;
    return holdBack(next, measured, 'refused', why, [], now);
  }
  if (resets.length > 0 && !rules.allowSessionReset && !permission.reset) {
    const said = resets.map(resetText).join('; ');
    const why = `the new configuration resets sessions that are up, and waits: ${said}; run "flockctl apply --reset", or set bird.allowSessionReset`;
    return holdBack(next, measured, 'waits', why, resets, now);
  }
  const stops = permission.withdraw ? [] : stoppedByText(preview, rules);
  if (stops.length > 0) {
    const why = `the templates leave out ${stops.join(' and ')}; ${NOTHING_WITHDRAWN}`;
    return holdBack(next, measured, 'undone', why, [], now);
  }
  if (permission.withdraw || !canRunDry(preview)) return putOnTrial(next, measured);
  return step(next, { kind: 'dryRun', before, intended: rules });
}

const NOTHING_WITHDRAWN =
  'nothing was withdrawn and the previous configuration is in force; correct the template, or run "flockctl apply --withdraw" if that is what you want';

export function dryRunEnded(state: PublishState, turn: ChangeTurn, { losses }: Of<'dryRunEnded'>, now: Moment): Step {
  const lost = lossText(losses);
  return andThen(step(state, { kind: 'poke' }), (next) => {
    if (lost === '') return putOnTrial(next, turn);
    const why = `BIRD tried the new configuration out: ${lost}; ${NOTHING_WITHDRAWN}`;
    return holdBack(next, turn, 'undone', why, [], now);
  });
}

function putOnTrial(state: PublishState, turn: ChangeTurn): Step {
  const { before } = turn.change;
  const next = withTurn(state, turn, { change: { ...turn.change, onTrial: true } });
  const after = { tell: 'configureTimeout', before, seconds: rulesOf(turn).confirmTimeout } as const;
  return step(next, { kind: 'putInPlace', files: filesOf(turn), after });
}
