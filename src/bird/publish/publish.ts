import type { BirdControl } from '../../bird-control/types.ts';
import type { BirdMode } from '../../config/types.ts';
import { errorText } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { isOurs } from '../names.ts';
import type { LastPublish, PendingChange, Permission, PublishFiles, PublishResult } from '../types.ts';
import { applyAndVerify, applyAtOnce } from './apply.ts';
import { createConfigChanges } from './config-changes.ts';
import { errnoOf, readIfThere, stampOf } from './files.ts';
import { putRight } from './live-set.ts';
import { createMainWatch } from './main-watch.ts';
import { publishPaths } from './paths.ts';
import { publishAnnouncements } from './publish-announcements.ts';

export interface PublisherOptions {
  /** Path of the file that BIRD was started with, usually `bird.conf`; the announcements lie beside it. */
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
}

/** Gives BIRD its files. */
export interface Publisher {
  /**
   * Brings the files into force, and returns when BIRD has accepted them or has not. One at a time, in the order of the
   * calls. Text that BIRD has already accepted from this publisher costs nothing. A new `bird.conf` may be on trial when
   * this returns; announcements go out all the same.
   */
  publish(files: PublishFiles): Promise<PublishResult>;
  /** To be called when BIRD has (re)started: the next publish sends `configure` whatever the text. */
  forget(): void;
  /**
   * The next publish tries again what waits, was refused or was undone, and may do this: with that very text alone. A
   * text that comes in its place is not served, nor is any later publish.
   * @returns false where nothing is held back: then nothing is permitted.
   */
  permit(permission: Permission): boolean;
  /** Calls back when a change on trial has proven itself or was undone: what is wanted has to be published again. */
  onTrialEnd(listener: () => void): void;
  /**
   * Publishes no more, and takes back a change on trial, which nobody would watch. Returns when BIRD has done so, or has
   * not answered in time.
   */
  close(): Promise<void>;
  /** The last publish that found something to do. */
  readonly lastPublish: LastPublish | undefined;
  /** A `bird.conf` that is not in force for good; undefined when there is none. */
  readonly change: PendingChange | undefined;
  /** Where a `bird.conf` is kept that was there before us; undefined when this publisher has replaced none. */
  readonly keptForeignConfig: string | undefined;
}

/** What BIRD has in force, and the state of the files that it read it from. */
interface Accepted {
  readonly config: string;
  readonly announcements: string;
  readonly stamps: string;
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { control, log } = options;
  const paths = publishPaths(options.config, options.mode);
  const mainWatch = createMainWatch(paths.main, () => tell());
  const changes = createConfigChanges({ ...options, paths, inTurn, onTaken, onTrialEnd: trialEnded, onForeignKept });
  let accepted: Accepted | undefined;
  let lastPublish: LastPublish | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let tell = (): void => {};
  let closed = false;
  let keptForeign: string | undefined;
  // Counts the calls of `forget`: an answer that was on its way then says nothing about the BIRD of now.
  let births = 0;

  const stamps = (): string => [paths.main, paths.config, paths.announcements].map(stampOf).join(', ');

  function accept(config: string, announcements: string, birth: number): void {
    options.poke?.();
    if (birth === births) accepted = { config, announcements, stamps: stamps() };
  }

  function onForeignKept(name: string): void {
    keptForeign = name;
    log.warn({ kept: name }, `${paths.config} was not flockd's; it is kept as ${name}`);
  }

  function onTaken(files: { readonly config: string; readonly announcements: string }): void {
    accept(files.config, files.announcements, births);
  }

  async function run(files: PublishFiles): Promise<PublishResult> {
    if (closed)
      return { ok: false, code: 'birdUnavailable', message: 'flockd is about to end, or to turn to another BIRD' };
    changes.recover();
    if (await changes.giveWay(files)) accepted = undefined;
    // Files that somebody has touched since are read again: what counts is what BIRD would find.
    const known = accepted?.stamps === stamps() ? accepted : undefined;
    let there = known?.config ?? readIfThere(paths.config);
    if (accepted !== undefined && accepted.config === files.config && accepted.config !== there) {
      // BIRD runs what is wanted, so that an edit by hand need not come into force even for a moment.
      log.warn({}, `somebody else has written ${paths.config}; it is put right`);
      const kept = putRight(accepted.config, paths, changes.onTrial ? 'drop' : 'keep');
      if (kept !== undefined) onForeignKept(kept);
      there = accepted.config;
    }
    const live = there !== undefined && isOurs(there) ? there : undefined;
    const config = files.config ?? live;
    if (config === undefined) {
      const message = `there is no ${paths.config} of flockd's yet that the announcements could go out under`;
      return { ok: false, code: 'templateError', message };
    }
    if (config === live) {
      if (files.config !== undefined) changes.mended();
      return publishShort(live, files.announcements, known);
    }
    // What comes and goes does not wait for a change of the configuration, which takes its time.
    const short = live === undefined ? undefined : await publishShort(live, files.announcements, known);
    if (short !== undefined && changes.onTrial) return short;
    const inForce = short?.ok === true;
    const birth = births;
    // BIRD runs something else than a file that it refuses: there is nothing that the change could be compared with.
    const unread = paths.mode === 'own' && short?.ok === false && short.code === 'configurationRefused';
    const done = await changes.tryOut({ ...files, config }, unread ? undefined : live);
    if (birth !== births) accepted = undefined;
    return done.ok || !inForce || !('announcementsInForce' in done) ? done : { ...done, announcementsInForce: true };
  }

  /** @param live what lies on the disk. @param known what BIRD runs, if it is known and unchanged on the disk. */
  async function publishShort(
    live: string,
    announcements: string,
    known: Accepted | undefined,
  ): Promise<PublishResult> {
    const birth = births;
    if (known?.config === live && known.announcements === announcements) return { ok: true, changed: false };
    accepted = undefined;
    const apply = known === undefined ? applyAndVerify(paths) : applyAtOnce;
    changes.configureFollows();
    const applied = await publishAnnouncements(announcements, known?.announcements, paths, control, apply);
    if (applied.outcome === 'unavailable') return { ok: false, code: 'birdUnavailable', message: applied.message };
    if (applied.outcome === 'refused') return { ok: false, code: 'configurationRefused', message: applied.message };
    if (applied.outcome === 'notIncluded') {
      const { message, announcementsInForce } = applied;
      return { ok: false, code: 'notIncluded', message, announcementsInForce };
    }
    accept(live, announcements, birth);
    return { ok: true, changed: true };
  }

  async function publish(files: PublishFiles): Promise<PublishResult> {
    const main = mainWatch.stamp();
    changes.takeUpPermission();
    const result = await run(files).catch((error: unknown): PublishResult => {
      // Errors of the file system name the path; anything else is a defect and not ours to hide.
      if (errnoOf(error) === undefined) throw error;
      const message = `cannot write BIRD's files: ${errorText(error)}; flockd must be able to make and rename files in ${paths.folder}`;
      return { ok: false, code: 'fileError', message };
    });
    if (result.ok || paths.mode === 'own') mainWatch.disarm();
    else mainWatch.arm(main);
    // With nothing to do after a failure, what failed has been taken back.
    if (!result.ok || result.changed || lastPublish?.ok === false) note(result);
    return result;
  }

  function note(result: PublishResult): void {
    const at = options.now().toISOString();
    const { code, message } = result.ok ? { code: '', message: '' } : result;
    // The same failure of a retry is no news.
    if (!result.ok && lastPublish?.message !== message) log.warn({ code }, message);
    lastPublish = { at, ok: result.ok, code, message };
  }

  function trialEnded(result: PublishResult): void {
    // What BIRD runs after an undo is asked for with the next publish.
    if (!result.ok) accepted = undefined;
    note(result);
    tell();
  }

  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = queue.then(step);
    queue = turn.catch(() => {}); // The caller has the error; the next step does not depend on it.
    return turn;
  }

  return {
    publish: (files) => inTurn(() => publish(files)),
    forget() {
      births += 1;
      accepted = undefined;
      changes.birdBeganAnew();
    },
    permit: (permission) => changes.permit(permission),
    onTrialEnd(listener) {
      tell = listener;
    },
    async close() {
      closed = true;
      mainWatch.disarm();
      await inTurn(() => changes.close()).catch((error: unknown) => {
        log.error({ err: error }, `cannot take back the ${paths.config} on trial: ${errorText(error)}`);
      });
    },
    get lastPublish() {
      return lastPublish;
    },
    get change() {
      return changes.pending;
    },
    get keptForeignConfig() {
      return keptForeign;
    },
  };
}
