import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import type { SessionReset } from '../../bird-language/compare/types.ts';
import { errorText } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { type PublishPaths, previousOf } from '../files/paths.ts';
import { forgetUnconfirmed, putBack } from '../files/trial-note.ts';
import { faultText } from '../judge/verdict.ts';
import { look, type Yardstick } from '../measure/comparison.ts';

/** Between two looks, in milliseconds. */
const LOOK_MS = 100;
/** How long everything must have been good before a change counts as proven, in milliseconds. */
const SETTLE_MS = 300;
/** Between two tries while the files cannot be put right, in milliseconds. */
const TROUBLE_MS = 1_000;

/** A `bird.conf` in force that has yet to prove itself. */
export interface TrialSubject {
  readonly config: string;
  readonly yardstick: Yardstick;
  /** Sessions that it resets, which was allowed. */
  readonly resets: readonly SessionReset[];
  /** How long the sessions may take to come back. */
  readonly seconds: number;
  /** Finds the line of the operator's template that the change begins with, as `file:line`; empty where there is none. */
  readonly place: () => string;
}

/** How a trial ended. */
export type TrialEnd = { readonly end: 'proven' } | { readonly end: 'undone'; readonly message: string };

export interface TrialSurroundings {
  readonly paths: PublishPaths;
  readonly control: BirdControl;
  readonly log: Logger;
  /** Runs a step while no publish runs. */
  readonly inTurn: (step: () => Promise<void>) => void;
  /** Called in turn, each time that the disk has kept it from ending. */
  readonly onTrouble: () => void;
  /** Called in turn. */
  readonly onEnd: (end: TrialEnd) => void;
}

/** A trial that is under way. */
export interface Trial extends TrialSubject {
  /** Whether nothing was wrong at the last look. */
  readonly isGood: boolean;
  /** Whether it has failed, and only the disk keeps it from ending. */
  readonly isCondemned: boolean;
  /** What keeps it from ending: files that cannot be put back or removed; empty when nothing does. */
  readonly trouble: string;
  /** BIRD's timer does not run any more: announcements went out, or BIRD began anew. Files take its place. */
  dropTimer(): void;
  /**
   * Ends it without a verdict, and takes the change back. To be called in turn. The note beside the files stays.
   * @returns what BIRD has against it; empty when the text of before is in force.
   * @throws an error of the file system; then the trial goes on.
   */
  abandon(): Promise<string>;
}

/**
 * Watches a change that BIRD has taken under `configure timeout`, and ends with `configure confirm`, or takes it back:
 * the files of before are put back, and BIRD undoes or reads them. Announcements may go out meanwhile: their plain
 * `configure` ends BIRD's timer, and from then on the note beside the files is the net.
 */
export function startTrial(subject: TrialSubject, surroundings: TrialSurroundings): Trial {
  const { paths, control, log, inTurn, onTrouble, onEnd } = surroundings;
  const { seconds, yardstick } = subject;
  let deadline = performance.now() + seconds * 1_000;
  let timer: NodeJS.Timeout | undefined;
  let birdHasTimer = true;
  // Somebody else has reconfigured BIRD, which may run another text than the one in place.
  let displaced = false;
  let goodSince: number | undefined;
  // Decided, while files may still have to be put right: why it is undone, and how it ended.
  let reason: string | undefined;
  let verdict: TrialEnd | undefined;
  let trouble = '';
  let over = false;

  function again(milliseconds: number): void {
    timer = setTimeout(() => inTurn(step), milliseconds).unref();
  }

  async function step(): Promise<void> {
    if (over) return;
    try {
      verdict ??= await judge();
      if (verdict !== undefined) forgetUnconfirmed(paths);
      trouble = '';
    } catch (error) {
      // Files that cannot be put right now are put right when they can be.
      const said = `cannot end the trial of ${paths.config}, and will try again: ${errorText(error)}`;
      if (said !== trouble) log.error({ err: error }, said);
      trouble = said;
      onTrouble();
    }
    if (verdict === undefined || trouble !== '') {
      again(trouble === '' ? LOOK_MS : TROUBLE_MS);
      return;
    }
    over = true;
    onEnd(verdict);
  }

  /** @returns undefined when it is too early to tell. @throws an error of the file system. */
  async function judge(): Promise<TrialEnd | undefined> {
    if (reason !== undefined) return undo(reason);
    let finding = await look(yardstick, control);
    // BIRD's answers come one after the other: a device that was away only between two of them is no loss.
    if (finding.finding === 'lost') finding = await look(yardstick, control);
    const now = performance.now();
    if (finding.finding === 'lost') return undo(finding.message);
    if (finding.finding === 'missing') {
      goodSince = undefined;
      return now < deadline ? undefined : undo(`${finding.message}, ${seconds} seconds after the change`);
    }
    goodSince ??= now;
    if (now - goodSince < SETTLE_MS) return undefined;
    const obstacle = await confirm();
    if (obstacle === '') return { end: 'proven' };
    return performance.now() < deadline ? undefined : undo(obstacle);
  }

  /** @returns why it is not confirmed: there is something to look at again first. */
  async function confirm(): Promise<string> {
    try {
      if (!displaced && !(await isDisplaced())) return '';
      if (!displaced) {
        log.warn({}, 'somebody else has reconfigured BIRD, or its undo timer has, while a change is on trial');
        deadline = performance.now() + seconds * 1_000;
      }
      displaced = true;
      birdHasTimer = false;
      goodSince = undefined;
      const answer = await control.configure();
      displaced = answer.outcome !== 'applied';
      const said = answer.outcome === 'refused' ? faultText(answer.error) : answer.outcome;
      return `BIRD was reconfigured by somebody else, and answers now: ${said}`;
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      return error.message;
    }
  }

  /** Whether BIRD may run another text than the one in place; if not, the change is confirmed. @throws BirdError */
  async function isDisplaced(): Promise<boolean> {
    await control.showStatus();
    if (control.displaced === true) return true;
    if (!birdHasTimer) return false;
    // 0019, nothing to do: the timer has been ended, or has ended the change.
    return (await control.confirm()) !== 'confirmed';
  }

  async function undo(why: string): Promise<TrialEnd> {
    reason = why;
    const said = await takeBack();
    const how = said === '' ? 'the configuration of before is in force again' : said;
    const place = subject.place();
    const where = place === '' ? '' : ` (its first new line comes from ${place})`;
    const remedy = 'mend it, or run "flockctl apply" to try the same again';
    return { end: 'undone', message: `${why}: the change is undone, ${how}; ${remedy}${where}` };
  }

  /** @returns what went wrong with BIRD. @throws an error of the file system; BIRD goes back all the same if it can. */
  async function takeBack(): Promise<string> {
    try {
      putBack(paths);
    } catch (error) {
      if (birdHasTimer) await backInForce(() => control.undo());
      birdHasTimer = false;
      throw error;
    }
    return backInForce(async () => {
      const { undoInSeconds } = await control.configureStatus();
      await control.showStatus();
      // After announcements went out, or after somebody else's configure, BIRD remembers something else.
      const remembers = birdHasTimer && undoInSeconds !== undefined && control.displaced !== true;
      return remembers ? control.undo() : control.configure();
    });
  }

  /** Makes BIRD run what was before. @returns what went wrong. */
  async function backInForce(ask: () => ReturnType<BirdControl['configure']>): Promise<string> {
    try {
      const answer = await ask();
      if (answer.outcome === 'applied') return '';
      const said = answer.outcome === 'refused' ? faultText(answer.error) : answer.outcome;
      return `but BIRD does not take ${previousOf(paths.config)} back: ${said}`;
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      return `the files of before are in place, and BIRD will read them when it answers again (${errorText(error)})`;
    }
  }

  again(0);
  return {
    ...subject,
    get isGood() {
      return goodSince !== undefined;
    },
    get isCondemned() {
      return reason !== undefined;
    },
    get trouble() {
      return trouble;
    },
    dropTimer() {
      birdHasTimer = false;
      displaced = false;
    },
    async abandon() {
      const said = await takeBack();
      over = true;
      clearTimeout(timer);
      return said;
    },
  };
}
