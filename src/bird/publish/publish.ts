import type { BirdControl } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { isOurs } from '../names.ts';
import type { LastPublish, PublishFiles, PublishResult } from '../types.ts';
import { applyAndVerify, applyAtOnce } from './apply.ts';
import { errnoOf, readIfThere, stampOf } from './files.ts';
import { publishPaths } from './paths.ts';
import { publishAnnouncements } from './publish-announcements.ts';
import { publishConfig } from './publish-config.ts';

export interface PublisherOptions {
  /** Path of `bird.conf`, the file that BIRD was started with; the announcements lie beside it. */
  readonly config: string;
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
   * calls. Text that BIRD has already accepted from this publisher costs nothing.
   */
  publish(files: PublishFiles): Promise<PublishResult>;
  /** To be called when BIRD has (re)started: the next publish sends `configure` whatever the text. */
  forget(): void;
  /** The last publish that found something to do. */
  readonly lastPublish: LastPublish | undefined;
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
  const paths = publishPaths(options.config);
  let accepted: Accepted | undefined;
  let lastPublish: LastPublish | undefined;
  let keptForeignConfig: string | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  // Counts the calls of `forget`: an answer that was on its way then says nothing about the BIRD of now.
  let births = 0;

  const stamps = (): string => `${stampOf(paths.config)}, ${stampOf(paths.announcements)}`;

  function accept(config: string, announcements: string, birth: number): PublishResult {
    options.poke?.();
    if (birth === births) accepted = { config, announcements, stamps: stamps() };
    return { ok: true, changed: true };
  }

  async function run(files: PublishFiles): Promise<PublishResult> {
    const birth = births;
    // Files that somebody has touched since are read again: what counts is what BIRD would find.
    const known = accepted?.stamps === stamps() ? accepted : undefined;
    const live = known?.config ?? readIfThere(paths.config);
    const config = files.config ?? (live !== undefined && isOurs(live) ? live : undefined);
    if (config === undefined) {
      const message = `there is no ${paths.config} of flockd's yet that the announcements could go out under`;
      return { ok: false, code: 'templateError', message };
    }
    if (config === live) return publishShort(config, files.announcements, known, birth);
    accepted = undefined;
    const both = { config, announcements: files.announcements };
    const { birdBinary } = options;
    const done = await publishConfig(both, paths, control, applyAndVerify(paths.config), birdBinary, files.locate);
    if (done.keptForeign !== undefined) {
      keptForeignConfig = done.keptForeign;
      log.warn({ kept: done.keptForeign }, `${paths.config} was not flockd's; it is kept as ${done.keptForeign}`);
    }
    if (done.outcome === 'inForce') return accept(config, files.announcements, birth);
    if (done.outcome === 'unavailable') return { ok: false, code: 'birdUnavailable', message: done.message };
    const usable = live !== undefined && isOurs(live);
    const short = usable ? await publishShort(live, files.announcements, known, birth) : undefined;
    const announcementsInForce = short?.ok === true;
    return { ok: false, code: 'configurationRefused', message: done.message, announcementsInForce };
  }

  /** @param config what lies on the disk. @param known what BIRD runs, if it is known and unchanged on the disk. */
  async function publishShort(
    config: string,
    announcements: string,
    known: Accepted | undefined,
    birth: number,
  ): Promise<PublishResult> {
    if (birth === births && known?.config === config && known.announcements === announcements) {
      accepted = known;
      return { ok: true, changed: false };
    }
    accepted = undefined;
    const apply = known === undefined ? applyAndVerify(paths.config) : applyAtOnce;
    const applied = await publishAnnouncements(announcements, known?.announcements, paths, control, apply);
    if (applied.outcome === 'unavailable') return { ok: false, code: 'birdUnavailable', message: applied.message };
    if (applied.outcome === 'refused') return { ok: false, code: 'configurationRefused', message: applied.message };
    return accept(config, announcements, birth);
  }

  async function publish(files: PublishFiles): Promise<PublishResult> {
    const result = await run(files).catch((error: unknown): PublishResult => {
      // Errors of the file system name the path; anything else is a defect and not ours to hide.
      if (errnoOf(error) === undefined) throw error;
      const message = `cannot write BIRD's files: ${errorText(error)}; flockd must be able to make and rename files in ${paths.folder}`;
      return { ok: false, code: 'fileError', message };
    });
    // With nothing to do after a failure, what failed has been taken back.
    if (result.ok && !result.changed && lastPublish?.ok !== false) return result;
    const at = options.now().toISOString();
    const { code, message } = result.ok ? { code: '', message: '' } : result;
    // The same failure of a retry is no news.
    if (!result.ok && lastPublish?.message !== message) log.warn({ code }, message);
    lastPublish = { at, ok: result.ok, code, message };
    return result;
  }

  return {
    publish(files) {
      const turn = queue.then(() => publish(files));
      queue = turn.catch(() => {}); // The caller has the error; the next publish does not depend on it.
      return turn;
    },
    forget() {
      births += 1;
      accepted = undefined;
    },
    get lastPublish() {
      return lastPublish;
    },
    get keptForeignConfig() {
      return keptForeignConfig;
    },
  };
}
