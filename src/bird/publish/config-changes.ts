import { isEstablished } from '../../bird-control/running.ts';
import { BirdError } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import { errnoOf, stampOf } from '../files/file-operations.ts';
import { forgetRefused } from '../files/live-set.ts';
import { previousOf, unconfirmedOf } from '../files/paths.ts';
import { readable } from '../files/placed-files.ts';
import { removeStaleFiles } from '../files/stale-files.ts';
import { forgetUnconfirmed, recoverUnconfirmed } from '../files/trial-note.ts';
import { firstChange } from '../judge/first-change.ts';
import { createOwed } from '../measure/lost-sessions.ts';
import type { PublishFiles, PublishResult, PublishRules, RenderedFiles } from '../types.ts';
import { changeConfig } from './change-config.ts';
import type { ConfigChanges, ConfigChangesOptions } from './config-changes-types.ts';
import { type Held, keepHeld, readUndone } from './held-change.ts';
import { heldResult, verifying, withoutText } from './pending.ts';
import { createPermissions } from './permissions.ts';
import { startTrial, type Trial, type TrialEnd, type TrialSurroundings } from './trial.ts';

/** Where the configuration of flockd says nothing. */
const DEFAULT_RULES: PublishRules = { allowSessionReset: false, confirmTimeout: 30, neighbors: [], summaries: [] };

export function createConfigChanges(options: ConfigChangesOptions): ConfigChanges {
  const { paths, control, log, now, poke = () => {} } = options;
  let recovered = false;
  let cleaned = false;
  let held: (Held & { readonly since: Date; readonly main?: string | undefined }) | undefined;
  let trial: { readonly run: Trial; readonly since: Date; readonly edition: number | undefined } | undefined;
  const owed = createOwed();
  const permissions = createPermissions();
  let stale = true;

  function cleanUp(): void {
    cleaned = true;
    besides('remove what a crash has left', () => {
      const removed = removeStaleFiles(paths);
      if (removed.length > 0) log.info({ removed }, 'what an earlier flockd has left beside its files is removed');
    });
  }

  function recover(): void {
    if (!cleaned) cleanUp();
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
    if (held === undefined || held.config !== config || permissions.isFor(config)) return false;
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
    const allowed = permissions.of(files.config);
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
      onTrouble: options.onTrouble,
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
    besides('keep what was refused', () => keepHeld(what, files, paths));
  }

  /** What is in place is what is wanted: whatever was refused is history. */
  function settle(): void {
    held = undefined;
    if (stale) stale = !besides('remove what was refused', () => forgetRefused(paths));
  }

  /** Does what is good to have, on a full disk too nothing depends on it. @returns whether it succeeded. */
  function besides(what: string, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      log.warn({ err: error }, `cannot ${what} beside ${paths.config}: ${errorText(error)}`);
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
    permit: (permission) => permissions.give(permission, held?.config),
    takeUpPermission: () => permissions.takeUp(),
    async close() {
      if (trial !== undefined) await takeBack(trial.run);
    },
    get onTrial() {
      return trial !== undefined;
    },
    get standing() {
      return trial?.run.isCondemned === true ? readable(previousOf(paths.config)) : undefined;
    },
    get pending() {
      if (trial !== undefined) return verifying(trial.run, trial.since);
      return held === undefined ? undefined : withoutText(held);
    },
  };
}
