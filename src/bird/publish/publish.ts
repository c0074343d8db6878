import { errorText } from '../../errors.ts';
import { errnoOf, ownershipIn, readIfThere } from '../files/file-operations.ts';
import { createFileWatch } from '../files/file-watch.ts';
import { EMPTY_SET } from '../files/live-set.ts';
import { createOthersEdits } from '../files/others-edits.ts';
import { previousOf, publishPaths } from '../files/paths.ts';
import { createPlaced, readable } from '../files/placed-files.ts';
import { fillReserve } from '../files/reserve.ts';
import { isOurs } from '../names.ts';
import type { LastPublish, PublishFiles, PublishResult, RenderedFiles } from '../types.ts';
import { type Accepted, isSame, type Stamps } from './accepted.ts';
import { createConfigChanges } from './config-changes.ts';
import { applyAndVerify, applyAtOnce } from './configure.ts';
import { createFaults, type Faults, withFault } from './faults.ts';
import { createOtherPlace } from './other-place.ts';
import { publishAnnouncements } from './publish-announcements.ts';
import type { Publisher, PublisherOptions } from './publisher.ts';

export type { Publisher, PublisherOptions } from './publisher.ts';

export function createPublisher(options: PublisherOptions): Publisher {
  const { control, log } = options;
  const paths = publishPaths(options.config, options.mode);
  const placed = createPlaced(paths);
  const watch = createFileWatch(paths, placed, () => tell());
  const others = createOthersEdits({ paths, placed, control, log });
  const otherPlace = createOtherPlace({ paths, control, parent: options.otherPlace });
  const changes = createConfigChanges({
    ...{ ...options, paths, onTaken, onTrialEnd: trialEnded, onForeignKept },
    inTurn: (step) => inTurn(() => noting([], step)),
    onTrouble: () => tell(),
  });
  let accepted: Accepted | undefined;
  let lastPublish: LastPublish | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let tell = (): void => {};
  let closed = false;
  let keptForeign: string | undefined;
  // Counts the calls of `forget`: an answer that was on its way then says nothing about the BIRD of now.
  let births = 0;

  const stamps = (): Stamps => ({
    main: paths.mode === 'own' ? undefined : watch.mainStamp(),
    ours: JSON.stringify(placed.stamps()),
  });

  function accept(config: string, announcements: string, birth: number): void {
    options.poke?.();
    if (birth !== births) return;
    accepted = { config, announcements, stamps: stamps() };
    otherPlace.inPlace();
  }

  function onForeignKept(name: string): void {
    keptForeign = name;
    log.warn({ kept: name }, `${paths.config} was not flockd's; it is kept as ${name}`);
  }

  function onTaken(files: { readonly config: string; readonly announcements: string }): void {
    accept(files.config, files.announcements, births);
  }

  /** Does what may write files, and notes what it has left there. @param texts that it may put in the place of `config`. */
  async function noting<T>(texts: readonly (string | undefined)[], work: () => Promise<T>): Promise<T> {
    const before = JSON.stringify(placed.stamps());
    const previous = changes.onTrial ? readable(previousOf(paths.config)) : undefined;
    return work().finally(() => {
      if (JSON.stringify(placed.stamps()) === before && placed.config !== undefined) return;
      placed.note([...texts, accepted?.config, previous, EMPTY_SET]);
    });
  }

  /** Puts right what somebody else has written. What is left in place is read: what counts is what BIRD would find. */
  async function mend(): Promise<void> {
    const running = accepted ?? otherPlace.given;
    const mended = await others.mend(running?.announcements, running !== undefined);
    if (mended === 'theirs') accepted = undefined;
    // BIRD has read nothing else meanwhile, so that it need not be told.
    if (mended === 'putBack' && accepted !== undefined) {
      accepted = { ...accepted, stamps: { ...accepted.stamps, ours: stamps().ours } };
    }
  }

  async function run(files: PublishFiles): Promise<PublishResult> {
    if (closed)
      return { ok: false, code: 'birdUnavailable', message: 'flockd is about to end, or to turn to another BIRD' };
    // Whatever the disk refuses, announcements come and go; what was refused is told in the end.
    const faults = createFaults();
    // Before anything here writes, so that it is not taken for somebody else.
    await faults.attempt(mend);
    await faults.attempt(() => changes.recover());
    // What a trial that gives way puts back is no edit of somebody else's.
    if ((await faults.attempt(() => noting([], () => changes.giveWay(files)))) === true) accepted = undefined;
    // Files that somebody has touched since are read again: what counts is what BIRD would find.
    const known = accepted !== undefined && isSame(accepted.stamps, stamps()) ? accepted : undefined;
    const there = known?.config ?? (await faults.attempt(() => readIfThere(paths.config)));
    const live = there !== undefined && isOurs(there) ? there : undefined;
    // BIRD still runs what it has read in a folder that cannot be read any more.
    const lost = faults.first === undefined ? undefined : (accepted ?? otherPlace.given)?.config;
    return withFault(await bringInto(live ?? lost, files, known, faults), faults, paths);
  }

  /** @param live the text of ours that lies in place. @param known what BIRD runs, if that is known and lies in place. */
  async function bringInto(
    live: string | undefined,
    files: PublishFiles,
    known: Accepted | undefined,
    faults: Faults,
  ): Promise<PublishResult> {
    const config = files.config ?? live;
    if (config === undefined) {
      const message = `there is no ${paths.config} of flockd's yet that the announcements could go out under`;
      return { ok: false, code: 'templateError', message };
    }
    if (config === live) {
      if (files.config !== undefined) changes.mended();
      return publishShort(live, files.announcements, known, faults);
    }
    // What comes and goes does not wait for a change of the configuration, which takes its time.
    const short = live === undefined ? undefined : await publishShort(live, files.announcements, known, faults);
    if (short !== undefined && (changes.onTrial || faults.first !== undefined)) return short;
    const inForce = short?.ok === true;
    const birth = births;
    // BIRD runs something else than a file that it refuses: there is nothing that the change could be compared with.
    const unread = paths.mode === 'own' && short?.ok === false && short.code === 'configurationRefused';
    const done = await faults.attempt(() => changes.tryOut({ ...files, config }, unread ? undefined : live));
    if (birth !== births) accepted = undefined;
    if (done === undefined) return short ?? { ok: false, code: 'fileError', message: '' };
    return done.ok || !inForce || !('announcementsInForce' in done) ? done : { ...done, announcementsInForce: true };
  }

  /** @param live what lies on the disk. @param known what BIRD runs, if it is known and unchanged on the disk. */
  async function publishShort(
    live: string,
    announcements: string,
    known: Accepted | undefined,
    faults: Faults,
  ): Promise<PublishResult> {
    const birth = births;
    // The files in place have failed and cannot be put back: BIRD must not read them again.
    const { standing } = changes;
    if (standing !== undefined) return publishElsewhere({ config: standing, announcements });
    if (known?.config === live && known.announcements === announcements) return { ok: true, changed: false };
    accepted = undefined;
    const apply = known === undefined ? applyAndVerify(paths) : applyAtOnce;
    changes.configureFollows();
    const applied = await faults.attempt(() =>
      publishAnnouncements(announcements, known?.announcements, paths, control, apply),
    );
    if (applied === undefined) return publishElsewhere({ config: live, announcements });
    if (applied.outcome === 'unavailable') return { ok: false, code: 'birdUnavailable', message: applied.message };
    if (applied.outcome === 'refused') return { ok: false, code: 'configurationRefused', message: applied.message };
    if (applied.outcome === 'notIncluded') {
      const { message, announcementsInForce } = applied;
      return { ok: false, code: 'notIncluded', message, announcementsInForce };
    }
    accept(live, announcements, birth);
    reserve(announcements);
    return { ok: true, changed: true };
  }

  async function publishElsewhere(files: RenderedFiles): Promise<PublishResult> {
    accepted = undefined;
    const refusal = await otherPlace.give(files);
    if (refusal !== '') return { ok: false, code: 'fileError', message: refusal };
    options.poke?.();
    return { ok: true, changed: true };
  }

  /** Room for the next text. A disk that is full already has none; what is there has to do. */
  function reserve(announcements: string): void {
    try {
      fillReserve(announcements, paths, ownershipIn(paths.folder));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      log.debug({ err: error }, 'no reserve for the announcements');
    }
  }

  async function publish(files: PublishFiles): Promise<PublishResult> {
    const main = { stamp: watch.mainStamp() };
    changes.takeUpPermission();
    const result = await noting([files.config], () => run(files));
    const isFileError = !result.ok && result.code === 'fileError';
    watch.after({ ...(result.ok || paths.mode === 'own' ? {} : { main }), again: isFileError });
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
      otherPlace.forget();
      changes.birdBeganAnew();
    },
    permit: (permission) => changes.permit(permission),
    onTrialEnd(listener) {
      tell = listener;
    },
    async close() {
      closed = true;
      watch.close();
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
    get keptEdits() {
      return others.problems;
    },
  };
}
