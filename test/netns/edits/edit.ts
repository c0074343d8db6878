import type { Desk } from './desk.ts';
import type { Dice } from './dice.ts';

/** Name of the configuration; every other name of a file is one in the folder of the templates. */
export const CONFIG = 'flock.yaml';

/** What is put under the name of a file. */
export type Content =
  | { readonly text: string }
  | { readonly bytes: Buffer }
  | { readonly instead: 'folder' | 'linkToItself' | 'pipe' | 'nothing' };

/** How a file is saved: as an editor replaces it, at once in its place, or slowly in its place. */
export type Way = 'renamed' | 'inPlace' | 'inPieces';

/** What must come of an edit. */
export type Expected =
  /** It comes into force by itself. */
  | {
      readonly outcome: 'applied';
      /** Whether `bird.conf` shows it; where it changes nothing in there, always true. */
      readonly shows: (birdConf: string) => boolean;
      /** A protocol that BIRD runs from now on. */
      readonly runs?: string;
      /** What a router must see with a prefix, as its BIRD prints the route. */
      readonly seen?: { readonly router: string; readonly prefix: string; readonly text: string };
    }
  /** It changes nothing, and status names the place. */
  | {
      readonly outcome: 'refused';
      readonly code: 'templateError' | 'configurationRefused' | 'configurationInvalid';
      /** The file that is named; by default the edited one. */
      readonly file?: string;
      /** The line that is named; undefined where the fault is the file as a whole, so that no line can be named. */
      readonly line: number | undefined;
      /** Words that must be there too. */
      readonly says?: string;
    }
  /** It would reset sessions that are up, and waits for the permission. */
  | {
      readonly outcome: 'waits';
      /** The routers whose sessions it resets. */
      readonly resets: readonly string[];
      /**
       * What comes of it with permission: the sessions come back, or one does not and all is undone; or they stay up, where
       * only the router knows and the preview says the worse.
       */
      readonly after: 'comesBack' | 'isUndone' | 'staysUp';
      readonly shows: (birdConf: string) => boolean;
      /** It is taken back when it has been in force: edits behind it would otherwise not mean what they say. */
      readonly briefly?: true;
    }
  /** BIRD takes it, and it would cost announcements: it never comes into force, so that nothing is withdrawn. */
  | {
      readonly outcome: 'undone';
      /** The line that status names. */
      readonly line: number | undefined;
    };

/** One thing that an operator saves. */
export interface Edit {
  /** What it is, in a few words. */
  readonly what: string;
  /** Name of the file. */
  readonly file: string;
  readonly content: Content;
  readonly expected: Expected;
  /** The desk when it has come into force; undefined for what never does. */
  readonly desk?: Desk;
}

/** Makes an edit of one kind, with chance in its details; undefined where what is written so far leaves no room for it. */
export type MakeEdit = (dice: Dice, desk: Desk) => Edit | undefined;
