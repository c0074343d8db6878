import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { isEstablished } from '../running.ts';
import type { PendingChange, Permission, PublishFiles, PublishResult, PublishRules, RenderedFiles } from '../types.ts';
import { changeConfig } from './change-config.ts';
import { errnoOf, stampOf } from './files.ts';
import { firstChange } from './first-change.ts';
import { type Held, keepHeld, readUndone } from './held.ts';
import { forgetUnconfirmed, recoverUnconfirmed } from './journal.ts';
import { forgetRefused } from './live-set.ts';
import { createOwed } from './owed.ts';
import { type PublishPaths, unconfirmedOf } from './paths.ts';
import { heldResult, verifying, withoutText } from './pending.ts';
import { startTrial, type Trial, type TrialEnd, type TrialSurroundings } from './trial.ts';

/** Where the configuration of flockd says nothing. */
const DEFAULT_RULES: PublishRules = { allowSessionReset: false, confirmTimeout: 30, neighbors: [], summaries: [] };

const NO_PERMISSION: Permission = { reset: false, withdraw: false };

/** A permission, and the only text that it serves. */
type Granted = Permission & { readonly config: string };

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
  /** A publish begins: a permission given since the last one serves this one, and none after it. */
  takeUpPermission(): void;
  /** Takes back what is on trial: BIRD must not be left with what nobody watches. To be called in turn. */
  close(): Promise<void>;
  readonly onTrial: boolean;
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
  readonly onTrialEnd: (result: PublishResult) => void;
  /** A file that was not flockd's has been replaced, and is kept under this name. */
  readonly onForeignKept: (name: string) => void;
}

export function createConfigChanges(options: ConfigChangesOptions): ConfigChanges {
  const { paths, control, log, now, poke = () => {} } = options;
  let recovered = false;
  let held: (Held & { readonly since: Date; readonly main?: string | undefined }) | undefined;
  let trial: { readonly run: Trial; readonly since: Date; readonly edition: number | undefined } | undefined;
  const owed = createOwed();
  // A permission is for the text that was held back when it was given, however long the next publish takes to come.
  let given: Granted | undefined;
  let granted: Granted | undefined;
  let stale = true;

  function recover(): void {
    if (recovered) return;
    const left = recoverUnconfirmed(paths);
    if (left !== undefined) owed.add(left.before);
    if (left?.takenBack === true) {
      log.warn(
        {},
        `${paths.config} was on trial when flockd ended: the one of before is back (${unconfirmedOf(paths.config)})`,
      );
    }
    recovered = true;
    const undone = held === undefined ? readUndone(paths) : undefined;
    if (undone !== undefined) held = { ...undone, since: now() };
  }

  async function giveWay({ config, edition }: PublishFiles): Promise<boolean> {
    if (trial === undefined) return false;
    // A text that is another one because the host is another one may be so because of the trial.
    if (config === trial.run.config || edition === trial.edition || trial.run.isGood) return false;
    await takeBack(trial.run);
    log.info({}, `the ${paths.config} on trial gives way to a newer one`);
    forgetUnconfirmed(paths);
    return true;
  }

  async function takeBack(run: Trial): Promise<void> {
    const said = await run.abandon();
    trial = undefined;
    owed.add(run.yardstick.before);
    if (said !== '') log.warn({}, `the change of ${paths.config} on trial is taken back, ${said}`);
  }

  /** Whether a text that was held back stays so: one that waits may go on when its sessions are down anyway. */
  async function staysHeld({ config, rules = DEFAULT_RULES }: PublishFiles): Promise<boolean> {
    if (held === undefined || held.config !== config || granted?.config === config) return false;
    // The fault may have been in the operator's file (`bird.mode: include`), which has been written since.
    if (held.state === 'refused' && held.main !== stampOf(paths.main)) return false;
    if (held.state !== 'waits') return true;
    if (rules.allowSessionReset) return false;
    const waitsFor = new Set(held.resets.map(({ protocol }) => protocol));
    try {
      return (await control.showProtocols()).some((session) => waitsFor.has(session.name) && isEstablished(session));
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      return true;
    }
  }

  async function tryOut(
    files: PublishFiles & { readonly config: string },
    live: string | undefined,
  ): Promise<PublishResult> {
    if (held !== undefined && (await staysHeld(files))) return heldResult(held);
    const { locate = () => undefined, rules = DEFAULT_RULES } = files;
    const allowed = granted?.config === files.config ? granted : NO_PERMISSION;
    const rendered = { config: files.config, announcements: files.announcements };
    const change = {
      ...{ files: rendered, live, locate, intended: rules },
      mayReset: rules.allowSessionReset || allowed.reset,
      mayWithdraw: allowed.withdraw,
      seconds: rules.confirmTimeout,
    };
    const means = { paths, control, binary: options.birdBinary, poke, owed };
    const done = await changeConfig(change, means).catch((error: unknown) => {
      recovered = false; // It may have come half way.
      throw error;
    });
    if (done.keptForeign !== undefined) options.onForeignKept(done.keptForeign);
    if (done.outcome === 'unavailable') return { ok: false, code: 'birdUnavailable', message: done.message };
    if (done.outcome === 'notIncluded') return { ok: false, code: 'notIncluded', message: done.message };
    if (done.outcome === 'held') {
      hold(done.held, rendered);
      return heldResult(done.held);
    }
    options.onTaken(rendered);
    const place = () => firstChange(live ?? '', files.config, locate);
    if (done.outcome === 'inForce') settle();
    else begin(startTrial({ ...change, config: files.config, place, ...done }, surroundings(rendered)), files.edition);
    return { ok: true, changed: true };
  }

  function surroundings(files: RenderedFiles): TrialSurroundings {
    return {
      ...{ paths, control, log },
      inTurn: (step) => {
        options.inTurn(step).catch((error: unknown) => {
          log.error({ err: error }, `cannot end the trial of ${paths.config}: ${errorText(error)}`);
        });
      },
      onEnd: (end) => ended(end, files),
    };
  }

  function begin(run: Trial, edition: number | undefined): void {
    held = undefined;
    trial = { run, since: now(), edition };
    log.info({ resets: run.resets.map(({ protocol }) => protocol) }, `a new ${paths.config} is on trial`);
  }

  function ended(end: TrialEnd, files: RenderedFiles): void {
    if (end.end === 'undone' && trial !== undefined) owed.add(trial.run.yardstick.before);
    trial = undefined;
    poke();
    if (end.end === 'proven') {
      settle();
      log.info({}, `the new ${paths.config} is proven`);
      options.onTrialEnd({ ok: true, changed: true });
      return;
    }
    const undone: Held = { state: 'undone', config: files.config, message: end.message, resets: [] };
    hold(undone, files);
    options.onTrialEnd(heldResult(undone));
  }

  function hold(what: Held, files: RenderedFiles): void {
    const same = held?.config === what.config && held.message === what.message;
    held = { ...what, since: same && held !== undefined ? held.since : now(), main: stampOf(paths.main) };
    stale = true;
    besides('keep', () => keepHeld(what, files, paths));
  }

  /** What is in place is what is wanted: whatever was refused is history. */
  function settle(): void {
    held = undefined;
    if (stale) stale = !besides('remove', () => forgetRefused(paths));
  }

  /** Does what is good to have, on a full disk too nothing depends on it. @returns whether it succeeded. */
  function besides(verb: string, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      log.warn({ err: error }, `cannot ${verb} what was refused beside ${paths.config}: ${errorText(error)}`);
      return false;
    }
  }

  return {
    recover,
    giveWay,
    tryOut,
    mended() {
      if (trial === undefined) settle();
    },
    configureFollows: () => trial?.run.dropTimer(),
    birdBeganAnew() {
      trial?.run.dropTimer();
      // Another BIRD may judge otherwise.
      if (held?.state === 'refused') held = undefined;
    },
    permit(permission) {
      given = held === undefined ? undefined : { ...permission, config: held.config };
      return given !== undefined;
    },
    takeUpPermission() {
      granted = given;
      given = undefined;
    },
    async close() {
      if (trial !== undefined) await takeBack(trial.run);
    },
    get onTrial() {
      return trial !== undefined;
    },
    get pending() {
      if (trial !== undefined) return verifying(trial.run, trial.since);
      return held === undefined ? undefined : withoutText(held);
    },
  };
}
