import { unconfirmedOf } from '../../files/paths.ts';
import { isSame } from '../../files/stamps.ts';
import { lostBy } from '../../measure/lost-sessions.ts';
import { isOurs } from '../../names.ts';
import type { RenderedFiles } from '../../types.ts';
import { announce, giveElsewhere } from './announcements.ts';
import { beginChange } from './change.ts';
import type { Answer, Question, Request } from './effects.ts';
import { andThen, type Moment, type PublishState, type PublishTurn, type Step, step, withTurn } from './state.ts';
import { finish, log, settle } from './steps.ts';

type Of<K extends Answer['kind']> = Extract<Answer, { readonly kind: K }>;

/**
 * A publish: what others have written is repaired, a trial that must end is rolled back, the announcements are sent
 * under the text in place, and then a new text is tried. The files are checked before anything is written here, so that
 * it is not taken for an edit by others.
 */
export function beginPublish(
  state: PublishState,
  { files, mainStamp }: Extract<Request, { readonly kind: 'publish' }>,
  now: Moment,
): Step {
  const turn: PublishTurn = {
    ...{ of: 'publish', files, mainStamp, granted: state.granted, fault: undefined, birdChanged: false },
    ...{ edited: undefined, live: undefined, known: undefined, previous: undefined, mainRead: undefined },
    ...{ announced: undefined, change: undefined },
  };
  // What was permitted since the last publish serves this one, and none after it.
  const next: PublishState = { ...state, turn, granted: undefined };
  if (state.closed) {
    const message = 'flockd is about to end, or to turn to another BIRD';
    return finish(next, turn, { ok: false, code: 'birdUnavailable', message }, now);
  }
  return step(next, { kind: 'findEdits', announcements: running(state)?.announcements });
}

/** What BIRD runs as far as it is known, wherever it has read it. */
function running({ inForce, elsewhere }: PublishState): RenderedFiles | undefined {
  return inForce ?? elsewhere;
}

export function editsFound(state: PublishState, turn: PublishTurn, { edited }: Of<'editsFound'>): Step {
  if (!edited.config && !edited.announcements) return recover(state);
  return step(withTurn(state, turn, { edited }), { kind: 'askBird' });
}

/**
 * A file that others have broken and BIRD has not read yet is a trap for BIRD's next start: flockd's text replaces it.
 * Where BIRD may have read it, that would be a change of what it runs, which may reset sessions: then it is left, and what
 * rolls it back is a change like any other.
 */
export function birdAsked(state: PublishState, turn: PublishTurn, { answers, displaced }: Of<'birdAsked'>): Step {
  const { edited } = turn;
  if (edited === undefined) return recover(state);
  const ours = running(state);
  // A BIRD that does not run reads what is there when it starts.
  const mayRunTheirs = answers && (ours === undefined || displaced);
  return step(state, { kind: 'keepEdits', edited, leave: mayRunTheirs, announcements: ours?.announcements });
}

export function editsKept(state: PublishState, { left, ours, config }: Of<'editsKept'>): Step {
  const { inForce } = state;
  // What was put back may be there for a BIRD that did not run, and not be in force.
  if (left || inForce === undefined || inForce.config !== config) return recover({ ...state, inForce: undefined });
  // BIRD has read nothing else meanwhile, so that it need not be notified.
  return recover({ ...state, inForce: { ...inForce, stamps: { ...inForce.stamps, ours } } });
}

/** Continues with what an earlier flockd has left. */
function recover(state: PublishState): Step {
  const sweep = state.swept ? [] : [{ kind: 'removeStale' } as const];
  const swept = step({ ...state, swept: true }, ...sweep);
  return andThen(swept, (next) => (next.recovered ? giveWay(next) : step(next, { kind: 'recover' })));
}

export function recovered(state: PublishState, { takenBack, before }: Of<'recovered'>, now: Moment): Step {
  const { config } = state.paths;
  const lost = before === undefined ? state.lost : lostBy(before, now.ms);
  const said = `${config} was on trial when flockd ended: the previous one is back (${unconfirmedOf(config)})`;
  const next = step({ ...state, lost, recovered: true }, ...(takenBack ? [log('warn', said)] : []));
  return andThen(next, (done) => (done.held === undefined ? step(done, { kind: 'readUndone' }) : giveWay(done)));
}

export function undoneRead(state: PublishState, { undone }: Of<'undoneRead'>, now: Moment): Step {
  if (undone === undefined) return giveWay(state);
  const held = { ...undone, state: 'undone', resets: [], since: now.date, main: undefined } as const;
  return giveWay({ ...state, held });
}

/**
 * Ends a trial for a newer text of the operator, who is evidently correcting it: unless nothing was wrong at the last
 * comparison, the change is rolled back at once, without a verdict. The same holds for an edit from which no text can
 * be rendered. A text of the same edition is another one because the host is another one, maybe because of the trial.
 */
function giveWay(state: PublishState): Step {
  const { trial, turn } = state;
  if (trial === undefined || turn?.of !== 'publish') return readPlace(state);
  const { config, edition } = turn.files;
  // An edit that leaves the text as it is.
  if (config === trial.files.config) return readPlace({ ...state, trial: { ...trial, edition } });
  if (edition === trial.edition || trial.goodSince !== undefined) return readPlace(state);
  return step(state, { kind: 'takeBack', hasTimer: trial.hasTimer });
}

export function gaveWay(state: PublishState, { said }: Of<'takenBack'>, now: Moment): Step {
  const { config } = state.paths;
  const taken = endUnproven(state, said, now);
  return andThen(taken, (next) =>
    // What was put back is no edit by others.
    step({ ...next, inForce: undefined }, log('info', `the ${config} on trial is replaced by a newer one`), {
      kind: 'removeNote',
    }),
  );
}

/** Ends a trial that was rolled back without a verdict. */
export function endUnproven(state: PublishState, said: string, now: Moment): Step {
  const { trial } = state;
  const lost = trial === undefined ? state.lost : lostBy(trial.yardstick.before, now.ms);
  const message = `the change of ${state.paths.config} on trial is rolled back, ${said}`;
  return step({ ...state, trial: undefined, lost }, ...(said === '' ? [] : [log('warn', message)]));
}

/** Files that others have touched since are read again: what counts is what BIRD would find. */
export function readPlace(state: PublishState): Step {
  const previous = state.trial?.reason !== undefined;
  return step(state, { kind: 'readPlace', known: state.inForce?.stamps, previous });
}

export function placeRead(state: PublishState, turn: PublishTurn, read: Of<'placeRead'>, now: Moment): Step {
  const fault = turn.fault ?? read.fault;
  const known = state.inForce !== undefined && isSame(state.inForce.stamps, read.stamps) ? state.inForce : undefined;
  const text = known?.config ?? read.text;
  const ours = text !== undefined && isOurs(text) ? text : undefined;
  // BIRD still runs what it has read in a folder that cannot be read any more.
  const live = ours ?? (fault === undefined ? undefined : running(state)?.config);
  const seen: PublishTurn = { ...turn, fault, known, live, previous: read.previous, mainRead: read.main };
  const next = { ...state, turn: seen };
  const { config = live } = turn.files;
  if (config === undefined) {
    const message = `there is no ${state.paths.config} of flockd's yet that the announcements could go out under`;
    return finish(next, seen, { ok: false, code: 'templateError', message }, now);
  }
  if (live === undefined) return beginChange(next, seen, config, undefined, now);
  const isWanted = turn.files.config === live && state.trial === undefined;
  return andThen(isWanted ? settle(next) : step(next), (settled) => announce(settled, seen, live, now));
}

/** A question of a publish that fails on the disk. What needs no file continues. */
export function publishFaulted(
  state: PublishState,
  turn: PublishTurn,
  during: Question['kind'],
  message: string,
  now: Moment,
): Step {
  const faulted: PublishTurn = { ...turn, fault: turn.fault ?? message };
  const next: PublishState = { ...state, turn: faulted };
  switch (during) {
    case 'findEdits':
    case 'askBird':
    case 'keepEdits':
      return recover(next);
    case 'recover':
    case 'readUndone':
      return giveWay(next);
    case 'takeBack':
      return readPlace({ ...next, trial: state.trial && { ...state.trial, hasTimer: false } });
    case 'removeNote':
      return readPlace(next);
    default:
      return giveElsewhere(next, faulted, { config: turn.live ?? '', announcements: turn.files.announcements }, now);
  }
}
