import type { SessionReset } from '../../../bird-language/compare/types.ts';
import type { EditedFiles } from '../../files/others-edits.ts';
import type { PublishPaths } from '../../files/paths.ts';
import type { Stamps } from '../../files/stamps.ts';
import type { Yardstick } from '../../measure/comparison.ts';
import { type LostSessions, NONE_LOST } from '../../measure/lost-sessions.ts';
import type { NamedNeighbors } from '../../measure/neighbors.ts';
import type { Locate } from '../../templates/template-lines.ts';
import type { LastPublish, Permission, PublishFiles, PublishResult, RenderedFiles } from '../../types.ts';
import type { Effect } from './effects.ts';
import type { Held } from './held-change.ts';

/** The present moment. */
export interface Moment {
  /** For people. */
  readonly date: Date;
  /** For waits: milliseconds of a clock that never jumps. */
  readonly ms: number;
}

/** What BIRD has in force, and the state of the files that it read it from. */
interface InForce extends RenderedFiles {
  readonly stamps: Stamps;
}

/** A permission by the operator, for the one text that was held back when it was given. */
export interface Granted extends Permission {
  readonly config: string;
}

/** A text that was undone in an edition of what the operator writes. */
export interface UndoneEdition {
  readonly held: Held;
  readonly edition: number;
}

/** How a trial ended. */
export type TrialEnd = { readonly end: 'proven' } | { readonly end: 'undone'; readonly message: string };

/** A `bird.conf` in force that has yet to be proven. */
export interface Trial {
  readonly files: RenderedFiles;
  /**
   * The text that was in place before if it is flockd's, and the data that finds the template lines of the new one: for
   * the message.
   */
  readonly live: string | undefined;
  readonly locate: Locate;
  /** Of what the operator writes, as it last gave this text. */
  readonly edition: number | undefined;
  readonly yardstick: Yardstick;
  /** Sessions that it resets, which was allowed. */
  readonly resets: readonly SessionReset[];
  /** How long the sessions may take to come back. */
  readonly seconds: number;
  readonly since: Date;
  /** When the sessions must be back, in milliseconds of the clock. */
  readonly deadline: number;
  /**
   * Whether BIRD's own timer still runs. Announcements end it, and so does a restart of BIRD: then the note beside the
   * files replaces it.
   */
  readonly hasTimer: boolean;
  /** Another program or person has reconfigured BIRD, which may run another text than the one in place. */
  readonly displaced: boolean;
  /** Since when nothing has been wrong; undefined when something was at the last comparison. */
  readonly goodSince: number | undefined;
  /** The last comparison found a loss that a second one has to confirm. */
  readonly suspected: boolean;
  /** Why it is rolled back: decided, while the files may still have to be repaired. */
  readonly reason: string | undefined;
  /** How it ended: decided, while the note may still have to be removed. */
  readonly verdict: TrialEnd | undefined;
  /** What keeps it from ending: files that cannot be put back or removed; empty when nothing does. */
  readonly trouble: string;
}

/** A new text on its way into force, as far as a publish has brought it. */
export interface ChangeUnderWay {
  readonly config: string;
  /** The text in place that it is compared with; undefined where there is none of flockd's that BIRD runs. */
  readonly live: string | undefined;
  /** What the routers have, and would have without the earlier changes. */
  readonly before: NamedNeighbors;
  readonly resets: readonly SessionReset[];
  /** What the publish answers where the files are put in place and BIRD does not read them. */
  readonly unread: Exclude<PublishResult, { ok: true }> | undefined;
  /** Whether the change has to prove itself. */
  readonly onTrial: boolean;
}

/** A publish that is under way. */
export interface PublishTurn {
  readonly of: 'publish';
  readonly files: PublishFiles;
  /** What the operator permits it. */
  readonly granted: Granted | undefined;
  /** Stamp of the file that BIRD is started with, as the publish begins. */
  readonly mainStamp: string | undefined;
  /** The same from when what others have written had been repaired, and nothing had been judged yet. */
  readonly mainRead: string | undefined;
  /** What failed first on the disk; undefined when nothing did. What needs no file continues. */
  readonly fault: string | undefined;
  /** BIRD has (re)started since it was last told something: its answer says nothing about the current BIRD. */
  readonly birdChanged: boolean;
  /** Which files others have written. */
  readonly edited: EditedFiles | undefined;
  /** The text of flockd's that is in place. */
  readonly live: string | undefined;
  /** What BIRD runs, if that is known and in place. */
  readonly known: InForce | undefined;
  /** What was in place before a trial that has failed. */
  readonly previous: string | undefined;
  /** The result of the announcements. */
  readonly announced: PublishResult | undefined;
  readonly change: ChangeUnderWay | undefined;
}

/** What the queue is working on: one thing at a time. */
type Turn = PublishTurn | { readonly of: 'trial' } | { readonly of: 'close' };

/** Everything that is known of the files given to BIRD. */
export interface PublishState {
  readonly paths: PublishPaths;
  /** What BIRD has read in place; undefined while that is not known. */
  readonly inForce: InForce | undefined;
  /** What BIRD has read in another folder, since its own took no file. */
  readonly elsewhere: RenderedFiles | undefined;
  /** Whether this BIRD has read flockd's files before. One that has not may be another program's. */
  readonly readsOurs: boolean;
  /** A text that waits, was refused or was undone. */
  readonly held: Held | undefined;
  /** Texts that were undone, each with the edition that gave it: the host alone does not bring one back. */
  readonly undone: readonly UndoneEdition[];
  readonly trial: Trial | undefined;
  /** For the next publish. */
  readonly granted: Granted | undefined;
  readonly lost: LostSessions;
  readonly turn: Turn | undefined;
  /** Whether what a crash has left beside the files was removed. */
  readonly swept: boolean;
  /** Whether a trial that a crash has cut short was rolled back. */
  readonly recovered: boolean;
  /** Whether refused texts may lie beside the files. */
  readonly refusedKept: boolean;
  readonly last: LastPublish | undefined;
  readonly keptForeign: string | undefined;
  readonly closed: boolean;
}

export function initialState(paths: PublishPaths): PublishState {
  return {
    ...{ paths, inForce: undefined, elsewhere: undefined, readsOurs: false, held: undefined, trial: undefined },
    undone: [],
    ...{ granted: undefined, lost: NONE_LOST, turn: undefined, swept: false, recovered: false, refusedKept: true },
    ...{ last: undefined, keptForeign: undefined, closed: false },
  };
}

/** The result of an event: the next state, and what is to be done, in this order. */
export interface Step {
  readonly state: PublishState;
  readonly effects: readonly Effect[];
}

export function step(state: PublishState, ...effects: readonly Effect[]): Step {
  return { state, effects };
}

/** Two steps as one. */
export function andThen({ state, effects }: Step, next: (state: PublishState) => Step): Step {
  const after = next(state);
  return { state: after.state, effects: [...effects, ...after.effects] };
}

/** The same with something changed of the publish under way. */
export function withTurn(state: PublishState, turn: PublishTurn, changes: Partial<PublishTurn>): PublishState {
  return { ...state, turn: { ...turn, ...changes } };
}
