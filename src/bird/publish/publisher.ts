import { type Clock, SYSTEM_CLOCK } from '../../async/clock.ts';
import type { BirdControl } from '../../bird-control/types.ts';
import type { BirdMode } from '../../config/types.ts';
import type { Logger } from '../../log.ts';
import { createFileWatch } from '../files/file-watch.ts';
import { createOthersEdits } from '../files/others-edits.ts';
import { publishPaths } from '../files/paths.ts';
import { createPlaced } from '../files/placed-files.ts';
import type { LastPublish, PendingChange, Permission, PublishFiles, PublishResult } from '../types.ts';
import { pendingChange } from './machine/held-change.ts';
import type { Means } from './means.ts';
import { createOtherPlace } from './other-place.ts';
import { createQueue } from './queue.ts';

interface PublisherOptions {
  /** Path of the file that BIRD was started with, usually `bird.conf`; the announcements are beside it. */
  readonly config: string;
  /** Whose file that is; by default flockd's. */
  readonly mode?: BirdMode;
  readonly control: BirdControl;
  readonly now: () => Date;
  readonly log: Logger;
  /** Called after each `configure` that BIRD has accepted: 2.0.12 may have to be woken to send what it has. */
  readonly poke?: () => void;
  /** Path of the bird program, which judges files while no BIRD answers; by default the host's. */
  readonly birdBinary?: string;
  /**
   * Path of a folder on another file system. A set that cannot be written to BIRD's own folder is created there for a
   * moment, so that BIRD can read it. Without it announcements wait until that folder can be written.
   */
  readonly otherPlace?: string;
  /** What trials wait by; by default the machine's. */
  readonly clock?: Clock;
}

/** Gives BIRD its files. The machine of this folder decides what is done. */
export interface Publisher {
  /**
   * Brings the files into force, and returns when BIRD has accepted them or has not. One at a time, in the order of the
   * calls. Text that BIRD has already accepted from this publisher costs nothing. A new `bird.conf` may be on trial when
   * this returns; announcements are still sent.
   */
  publish(files: PublishFiles): Promise<PublishResult>;
  /** To be called when BIRD has (re)started: the next publish sends `configure` whatever the text. */
  forget(): void;
  /**
   * The next publish tries again what waits, was refused or was undone, and may do this: with exactly that text. A
   * text that replaces it is not served, nor is any later publish.
   * @returns false where nothing is held back: then nothing is permitted.
   */
  permit(permission: Permission): boolean;
  /**
   * Calls back when what is wanted has to be published again: a change on trial is proven or was undone, another
   * program has written a file, or one that could not be written may be by now.
   */
  onTrialEnd(listener: () => void): void;
  /**
   * Publishes no more, and rolls back a change on trial, which would not be watched. Returns when BIRD has done so, or
   * has not answered in time.
   */
  close(): Promise<void>;
  /** The last publish that found something to do. */
  readonly lastPublish: LastPublish | undefined;
  /** A `bird.conf` that is not in force for good; undefined when there is none. */
  readonly change: PendingChange | undefined;
  /** Where a `bird.conf` is kept that was there before us; undefined when this publisher has replaced none. */
  readonly keptForeignConfig: string | undefined;
  /** One sentence for each text that others have written over one of ours, and that is kept beside it. */
  readonly keptEdits: readonly string[];
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { control, log, now, clock = SYSTEM_CLOCK, poke = () => {} } = options;
  const paths = publishPaths(options.config, options.mode);
  const placed = createPlaced(paths);
  const edits = createOthersEdits({ paths, placed, log });
  let tell = (): void => {};
  const watch = createFileWatch(paths, placed, () => tell());
  const otherPlace = createOtherPlace({ paths, control, parent: options.otherPlace });
  const binary = options.birdBinary;
  const means: Means = { paths, control, log, placed, edits, watch, otherPlace, binary, candidate: undefined };
  const queue = createQueue({ means, clock, now, poke, onPublishAgain: () => tell() });
  return {
    async publish(files) {
      const request = () => ({ kind: 'publish', files, mainStamp: watch.mainStamp() }) as const;
      const result = await queue.serve(request, [files.config]);
      if (result === undefined) throw new Error('a publish ended without a result');
      return result;
    },
    forget: () => queue.take({ kind: 'birdChanged' }),
    permit(permission) {
      queue.take({ kind: 'permit', permission });
      return queue.state.granted !== undefined;
    },
    onTrialEnd(listener) {
      tell = listener;
    },
    async close() {
      queue.take({ kind: 'closing' });
      await queue.serve(() => ({ kind: 'close' }));
    },
    get lastPublish() {
      return queue.state.last;
    },
    get change() {
      return pendingChange(queue.state);
    },
    get keptForeignConfig() {
      return queue.state.keptForeign;
    },
    get keptEdits() {
      return edits.problems;
    },
  };
}
