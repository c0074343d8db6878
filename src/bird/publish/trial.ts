import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import { errorText } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { SessionReset } from '../preview/types.ts';
import { forgetUnconfirmed, putBack } from './journal.ts';
import { faultText } from './judge.ts';
import { look, type Yardstick } from './look.ts';
import { type PublishPaths, previousOf } from './paths.ts';

/** Between two looks, in milliseconds. */
const LOOK_MS = 100;
/** How long everything must have been good before a change counts as proven, in milliseconds. */
const SETTLE_MS = 300;

/** A `bird.conf` in force that has yet to prove itself. */
export interface TrialSubject {
  readonly config: string;
  readonly yardstick: Yardstick;
  /** Sessions that it resets, which was allowed. */
  readonly resets: readonly SessionReset[];
  /** How long the sessions may take to come back. */
  readonly seconds: number;
}

/** How a trial ended. */
export type TrialEnd = { readonly end: 'proven' } | { readonly end: 'undone'; readonly message: string };

export interface TrialSurroundings {
  readonly paths: PublishPaths;
  readonly control: BirdControl;
  readonly log: Logger;
  /** Runs a step while no publish runs. */
  readonly inTurn: (step: () => Promise<void>) => void;
  /** Called in turn. */
  readonly onEnd: (end: TrialEnd) => void;
}

/** A trial that is under way. */
export interface Trial extends TrialSubject {
  /** BIRD's timer does not run any more: announcements went out, or BIRD began anew. Files take its place. */
  dropTimer(): void;
  /**
   * Looks no more, and puts the files of before back: what is not proven must not be what BIRD finds at its next start.
   * What BIRD runs is left to its timer.
   * @throws an error of the file system.
   */
  stop(): void;
}

/**
 * Watches a change that BIRD has taken under `configure timeout`, and ends with `configure confirm`, or takes it back:
 * the files of before are put back, and BIRD undoes or reads them. Announcements may go out meanwhile: their plain
 * `configure` ends BIRD's timer, and from then on the note beside the files is the net.
 */
export function startTrial(subject: TrialSubject, surroundings: TrialSurroundings): Trial {
  const { paths, control, log, inTurn, onEnd } = surroundings;
  const deadline = performance.now() + subject.seconds * 1_000;
  let timer: NodeJS.Timeout | undefined;
  let birdHasTimer = true;
  let goodSince: number | undefined;
  let over = false;

  function again(milliseconds: number): void {
    timer = setTimeout(() => inTurn(step), milliseconds).unref();
  }

  async function step(): Promise<void> {
    if (over) return;
    const finding = await look(subject.yardstick, control);
    const now = performance.now();
    if (finding.finding === 'lost') return takeBack(finding.message);
    if (finding.finding === 'missing') {
      goodSince = undefined;
      if (now >= deadline) return takeBack(`${finding.message}, ${subject.seconds} seconds after the change`);
    } else {
      goodSince ??= now;
      if (now - goodSince >= SETTLE_MS && (await confirm())) return end({ end: 'proven' });
    }
    again(LOOK_MS);
  }

  /** @returns false when there is something to look at again first. */
  async function confirm(): Promise<boolean> {
    if (!birdHasTimer) return true;
    try {
      if ((await control.confirm()) === 'confirmed') return true;
      // 0019: somebody else's configure has ended the timer, or the timer has ended the change.
      log.warn({}, "BIRD's undo timer was gone before flockd confirmed: has somebody sent it configure or a SIGHUP?");
      birdHasTimer = false;
      goodSince = undefined;
      await control.configure();
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
    }
    return false;
  }

  async function takeBack(why: string): Promise<void> {
    putBack(paths);
    const trouble = await backInForce();
    const how = trouble === '' ? 'the configuration of before is in force again' : trouble;
    end({ end: 'undone', message: `${why}: the change is undone, ${how}` });
  }

  /** Makes BIRD run what has been put back. @returns what went wrong. */
  async function backInForce(): Promise<string> {
    try {
      const { undoInSeconds } = await control.configureStatus();
      // After announcements went out BIRD's memory of before lacks them, or is gone.
      const answer = birdHasTimer && undoInSeconds !== undefined ? await control.undo() : await control.configure();
      if (answer.outcome === 'applied') return '';
      const said = answer.outcome === 'refused' ? faultText(answer.error) : answer.outcome;
      return `but BIRD does not take ${previousOf(paths.config)} back: ${said}`;
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      return `the files of before are in place, and BIRD will read them when it answers again (${errorText(error)})`;
    }
  }

  function end(how: TrialEnd): void {
    over = true;
    forgetUnconfirmed(paths);
    onEnd(how);
  }

  again(0);
  return {
    ...subject,
    dropTimer() {
      birdHasTimer = false;
    },
    stop() {
      if (over) return;
      over = true;
      clearTimeout(timer);
      putBack(paths);
      forgetUnconfirmed(paths);
    },
  };
}
