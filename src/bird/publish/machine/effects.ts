import type { Preview } from '../../../bird-language/compare/types.ts';
import type { EditedFiles } from '../../files/others-edits.ts';
import type { UndoneText } from '../../files/refused-files.ts';
import type { Stamps } from '../../files/stamps.ts';
import type { Verdict } from '../../judge/verdict.ts';
import type { Finding, Yardstick } from '../../measure/comparison.ts';
import type { Intended, Loss } from '../../measure/losses.ts';
import type { NamedNeighbors } from '../../measure/neighbors.ts';
import type { Locate } from '../../templates/template-lines.ts';
import type { Permission, PublishFiles, PublishResult, RenderedFiles } from '../../types.ts';
import type { Applied } from '../configure.ts';

/** What is done once the files of a change have been renamed into place. */
export type AfterSwap =
  /** Nothing is sent to BIRD. */
  | { readonly tell: 'nothing' }
  /** `configure`, and a check whether BIRD reads them. */
  | { readonly tell: 'configure' }
  /** The same under BIRD's timer, once `before` is noted beside the files. */
  | { readonly tell: 'configureTimeout'; readonly before: NamedNeighbors; readonly seconds: number };

/** An effect with an answer, which is the next event: the last effect of a step. */
export type Question =
  /** What others have written. */
  | { readonly kind: 'findEdits'; readonly announcements: string | undefined }
  /** Whether BIRD answers, and whether another program or person has reconfigured it. */
  | { readonly kind: 'askBird' }
  /** Keep what others have written, and leave it in place or put flockd's own back. */
  | {
      readonly kind: 'keepEdits';
      readonly edited: EditedFiles;
      readonly leave: boolean;
      /** What to put back as the announcements. */
      readonly announcements: string | undefined;
    }
  /** Roll back a trial that an earlier flockd has left. */
  | { readonly kind: 'recover' }
  | { readonly kind: 'readUndone' }
  /**
   * What is in place.
   * @param known stamps of what is known already and need not be read.
   * @param previous also what was there before.
   */
  | { readonly kind: 'readPlace'; readonly known: Stamps | undefined; readonly previous: boolean }
  /** @param before the text that BIRD has in force; undefined when that is not known: then it is verified that BIRD reads it. */
  | { readonly kind: 'publishAnnouncements'; readonly text: string; readonly before: string | undefined }
  | { readonly kind: 'giveElsewhere'; readonly files: RenderedFiles; readonly readsOurs: boolean }
  /** Which sessions are up. */
  | { readonly kind: 'askSessions' }
  /** Stage a candidate and have BIRD judge it. @param live as in `ChangeUnderWay`. */
  | {
      readonly kind: 'judge';
      readonly files: RenderedFiles;
      readonly live: string | undefined;
      readonly locate: Locate;
    }
  /** What the routers have. */
  | { readonly kind: 'readNeighbors' }
  /** What the candidate would do to what is in place. */
  | { readonly kind: 'preview' }
  /** What the routers would lose, found out without their losing it. */
  | { readonly kind: 'dryRun'; readonly before: NamedNeighbors; readonly intended: Intended }
  /** Rename the candidate into place. */
  | { readonly kind: 'putInPlace'; readonly files: RenderedFiles; readonly after: AfterSwap }
  /** Whether the routers have what they had. */
  | { readonly kind: 'compare'; readonly yardstick: Yardstick }
  /** @param hasTimer whether a timer of BIRD's has to be ended. */
  | { readonly kind: 'confirm'; readonly hasTimer: boolean }
  /** `configure`, since another program or person has had BIRD read something else. */
  | { readonly kind: 'reconfigure' }
  /** Put the previous files back and have BIRD run them. @param hasTimer whether BIRD can undo by itself. */
  | { readonly kind: 'takeBack'; readonly hasTimer: boolean }
  | { readonly kind: 'removeNote' };

/** What asks nothing, and goes to the code that waits for the machine. */
export type Notice =
  /** The result of the publish that is under way. */
  | { readonly kind: 'answer'; readonly result: PublishResult }
  /** The caller of the publish has to ask again. */
  | { readonly kind: 'publishAgain' }
  /** The event `wake`, after so many milliseconds, instead of one that was asked for before. */
  | { readonly kind: 'wake'; readonly afterMs: number }
  /** Wake a BIRD 2.0.12 that may sit on UPDATEs. */
  | { readonly kind: 'poke' };

/** What is done to the disk, and may fail without anything depending on it. */
export type Order =
  /** What to wait for before `publishAgain`: see `FileWatch.after`. */
  | {
      readonly kind: 'watch';
      readonly main: { readonly stamp: string | undefined } | undefined;
      readonly again: boolean;
    }
  | { readonly kind: 'stopWatching' }
  /** Room for the next announcements. */
  | { readonly kind: 'reserve'; readonly announcements: string }
  | {
      readonly kind: 'keepRefused';
      readonly state: 'refused' | 'undone';
      readonly files: RenderedFiles;
      readonly message: string;
    }
  /** Answered by `refusedFilesLeft` where it does not succeed. */
  | { readonly kind: 'forgetRefused' }
  | { readonly kind: 'removeStale' }
  | { readonly kind: 'discardCandidate' }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    };

/** One thing to be done. */
export type Effect = Question | Order | Notice;

/** The answer to a question. */
export type Answer =
  | { readonly kind: 'editsFound'; readonly edited: EditedFiles }
  | { readonly kind: 'birdAsked'; readonly answers: boolean; readonly displaced: boolean }
  /** @param ours stamp of flockd's files after it. @param config the text that flockd has left in place last. */
  | {
      readonly kind: 'editsKept';
      readonly left: boolean;
      readonly ours: string;
      readonly config: string | undefined;
    }
  /** @param before what BIRD had before the trial; undefined where there was none. */
  | { readonly kind: 'recovered'; readonly takenBack: boolean; readonly before: NamedNeighbors | undefined }
  | { readonly kind: 'undoneRead'; readonly undone: UndoneText | undefined }
  | {
      readonly kind: 'placeRead';
      readonly stamps: Stamps;
      /** Stamp of the file that BIRD is started with, from before anything was read. */
      readonly main: string | undefined;
      /** Undefined where there is none, or it is known already. */
      readonly text: string | undefined;
      readonly previous: string | undefined;
      /** Why it cannot be read. */
      readonly fault: string | undefined;
    }
  | { readonly kind: 'announced'; readonly applied: Applied; readonly stamps: Stamps }
  /** @param refusal empty when BIRD has it. */
  | {
      readonly kind: 'givenElsewhere';
      readonly files: RenderedFiles;
      readonly refusal: string;
      readonly readsOurs: boolean;
    }
  /** @param up names of the sessions that are up; undefined where BIRD does not say. */
  | { readonly kind: 'sessionsTold'; readonly up: ReadonlySet<string> | undefined }
  /**
   * @param origin what is known of a refusal besides BIRD's message.
   * @param unread why the operator's file does not give it to BIRD.
   */
  | {
      readonly kind: 'judged';
      readonly verdict: Verdict;
      readonly origin: string;
      readonly unread: string | undefined;
    }
  | { readonly kind: 'neighborsRead'; readonly neighbors: NamedNeighbors }
  | { readonly kind: 'previewed'; readonly preview: Preview }
  | { readonly kind: 'dryRunEnded'; readonly losses: readonly Loss[] }
  /**
   * @param applied undefined where nothing was to be sent to BIRD.
   * @param keptForeign name of a file that was not flockd's and has been replaced.
   */
  | {
      readonly kind: 'putInPlace';
      readonly applied: Applied | undefined;
      readonly keptForeign: string | undefined;
      readonly stamps: Stamps;
    }
  | { readonly kind: 'compared'; readonly finding: Finding }
  | { readonly kind: 'confirmed' }
  /** Another program or person has reconfigured BIRD, or its timer has run out. */
  | { readonly kind: 'displaced' }
  | { readonly kind: 'reconfigured'; readonly applied: boolean; readonly said: string }
  /** @param said what went wrong with BIRD; empty when nothing did. */
  | { readonly kind: 'takenBack'; readonly said: string }
  | { readonly kind: 'noteRemoved' };

/** A question that got no answer. */
export type Failure =
  | {
      readonly kind: 'diskRefused';
      readonly during: Question['kind'];
      readonly error: unknown;
      readonly message: string;
    }
  | { readonly kind: 'birdFailed'; readonly during: Question['kind']; readonly message: string }
  /** A defect. */
  | { readonly kind: 'broken'; readonly during: Question['kind']; readonly error: unknown; readonly message: string };

/** What comes from outside. The first three come at any time, the others in turn. */
export type Request =
  | { readonly kind: 'permit'; readonly permission: Permission }
  /** BIRD has (re)started, or another program or person has reconfigured it. */
  | { readonly kind: 'birdChanged' }
  | { readonly kind: 'closing' }
  /** @param mainStamp of the file that BIRD is started with. */
  | { readonly kind: 'publish'; readonly files: PublishFiles; readonly mainStamp: string | undefined }
  | { readonly kind: 'wake' }
  /** Rolls back what is on trial: BIRD must not be left with a change that is not watched. */
  | { readonly kind: 'close' }
  | { readonly kind: 'refusedFilesLeft' };

export type Event = Request | Answer | Failure;

const NOTICES: ReadonlySet<string> = new Set<Notice['kind']>(['answer', 'publishAgain', 'wake', 'poke']);

const ORDERS: ReadonlySet<string> = new Set<Order['kind']>([
  ...(['watch', 'stopWatching', 'reserve', 'keepRefused', 'forgetRefused'] as const),
  ...(['removeStale', 'discardCandidate', 'log'] as const),
]);

export function isNotice(effect: Effect): effect is Notice {
  return NOTICES.has(effect.kind);
}

export function isOrder(effect: Effect): effect is Order {
  return ORDERS.has(effect.kind);
}
