import type { BirdControl } from '../../bird-control/types.ts';
import type { Logger } from '../../log.ts';
import type { PublishPaths } from '../files/paths.ts';
import type { PendingChange, Permission, PublishFiles, PublishResult, RenderedFiles } from '../types.ts';

/** Everything that stands between a new text of `bird.conf` and its being in force for good. */
export interface ConfigChanges {
  /** Takes back what was left on trial by an earlier flockd, or by an error. @throws an error of the file system. */
  recover(): void;
  /**
   * Ends a trial for a newer text of the operator, who is evidently mending: unless nothing was wrong at the last look,
   * the change is taken back at once, without a verdict. So it is for an edit from which no text can be rendered.
   * @returns whether it was. @throws an error of the file system.
   */
  giveWay(files: PublishFiles): Promise<boolean>;
  /**
   * Tries to bring a text into force that is not the one in place.
   * @param live the text in place if it is ours.
   * @throws an error of the file system.
   */
  tryOut(files: PublishFiles & { readonly config: string }, live: string | undefined): Promise<PublishResult>;
  /** The wanted text is the one in place: nothing is held back any more. */
  mended(): void;
  /** A plain `configure` is about to be sent. */
  configureFollows(): void;
  birdBeganAnew(): void;
  /** @returns whether there is a text that it could serve; see `Publisher.permit`. */
  permit(permission: Permission): boolean;
  /** A publish begins, which what was permitted is for. */
  takeUpPermission(): void;
  /** Takes back what is on trial: BIRD must not be left with what nobody watches. To be called in turn. */
  close(): Promise<void>;
  readonly onTrial: boolean;
  /**
   * The text of before, where the one in place has failed its trial and the disk keeps it there; it is what BIRD is to run.
   * Undefined otherwise.
   */
  readonly standing: string | undefined;
  readonly pending: PendingChange | undefined;
}

export interface ConfigChangesOptions {
  readonly paths: PublishPaths;
  readonly control: BirdControl;
  readonly now: () => Date;
  readonly log: Logger;
  readonly poke?: () => void;
  readonly birdBinary?: string;
  /** Runs a step while no publish runs. */
  readonly inTurn: (step: () => Promise<void>) => Promise<void>;
  /** BIRD has these files, for good or on trial. */
  readonly onTaken: (files: RenderedFiles) => void;
  /** The disk keeps a trial from ending: what is to be in force meanwhile is `standing`. */
  readonly onTrouble: () => void;
  readonly onTrialEnd: (result: PublishResult) => void;
  /** A file that was not flockd's has been replaced, and is kept under this name. */
  readonly onForeignKept: (name: string) => void;
}
