import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import { previewChange } from '../../bird-language/compare/preview.ts';
import type { Preview, SessionReset } from '../../bird-language/compare/types.ts';
import { diskFiles } from '../../bird-language/text/disk-files.ts';
import { ownershipIn } from '../files/file-operations.ts';
import { forgetRefused, swapIn } from '../files/live-set.ts';
import { type PublishPaths, refusedOf } from '../files/paths.ts';
import { forgetUnconfirmed, noteUnconfirmed } from '../files/trial-note.ts';
import { type Candidate, stageCandidate } from '../judge/candidate.ts';
import { blame } from '../judge/fault-origin.ts';
import { firstChange } from '../judge/first-change.ts';
import { explainFault } from '../judge/refusal.ts';
import { judge } from '../judge/verdict.ts';
import type { Yardstick } from '../measure/comparison.ts';
import { canBeProbed, probe } from '../measure/dry-run.ts';
import { type Intended, lossText } from '../measure/losses.ts';
import type { Owed } from '../measure/lost-sessions.ts';
import { type NamedNeighbors, readNamedNeighbors } from '../measure/neighbors.ts';
import { resetText, sessionCost, stoppedByText } from '../measure/session-cost.ts';
import { renderAnnouncements } from '../render/announcements.ts';
import type { Locate } from '../templates/template-lines.ts';
import type { RenderedFiles } from '../types.ts';
import { type ApplyStrategy, applyAndVerify, applyOnTrial } from './configure.ts';
import type { Held, HeldState } from './held-change.ts';

/** A new `bird.conf` that is to come into force. */
export interface ConfigChange {
  readonly files: RenderedFiles;
  /** Text of the `bird.conf` in place if it is ours. */
  readonly live: string | undefined;
  readonly locate: Locate;
  readonly intended: Intended;
  /** Whether sessions that are up may be reset. */
  readonly mayReset: boolean;
  /** Whether neighbours may be told less than before. */
  readonly mayWithdraw: boolean;
  /** How long sessions may take to come back. */
  readonly seconds: number;
}

/** What came of a change. */
export type ChangeOutcome = {
  /** Where a foreign `bird.conf` is kept that has been replaced. */
  readonly keptForeign?: string | undefined;
} & (
  | { readonly outcome: 'inForce' }
  /** In force, and to be watched. */
  | { readonly outcome: 'onTrial'; readonly yardstick: Yardstick; readonly resets: readonly SessionReset[] }
  | { readonly outcome: 'held'; readonly held: Held }
  | { readonly outcome: 'unavailable'; readonly message: string }
  /** In place, but the operator's file does not give it to BIRD. */
  | { readonly outcome: 'notIncluded'; readonly message: string }
);

/** What a change is carried out with. */
export interface ChangeMeans {
  readonly paths: PublishPaths;
  readonly control: BirdControl;
  /** Path of the bird program; by default the host's. */
  readonly binary: string | undefined;
  /** Wakes a BIRD 2.0.12 that may sit on UPDATEs. */
  readonly poke: () => void;
  /** Who has lost a session to the changes before. */
  readonly owed: Owed;
}

/**
 * Brings a new `bird.conf`, with the announcements that go with it, into force: staged as a whole, judged by BIRD, held
 * against the sessions that are up, tried out where that can be done unfelt, renamed into place, applied under BIRD's
 * timer. Nothing that has not been judged is ever renamed into place: BIRD would not start again with it.
 * @throws an error of the file system; then the live files are as they were.
 */
export async function changeConfig(change: ConfigChange, means: ChangeMeans): Promise<ChangeOutcome> {
  const { paths, control } = means;
  const candidate = stageCandidate(change.files, paths, ownershipIn(paths.folder));
  try {
    const verdict = await judge(candidate, control, means.binary);
    if (verdict.verdict === 'unknown') {
      const message = `${verdict.message}; the new files are not put in place, since nothing here could judge them`;
      return { outcome: 'unavailable', message };
    }
    if (verdict.verdict === 'refused') {
      const { live, locate } = change;
      const more = await blame(verdict.message, { live, config: change.files.config, locate }, means);
      return refused(change, verdict.message, paths, more);
    }
    if (candidate.fault !== undefined) {
      const { keptForeign } = swapIn(candidate, paths);
      forgetRefused(paths);
      return { outcome: 'notIncluded', message: candidate.fault.message, keptForeign };
    }
    if (verdict.by === 'bird') return await putToUse(change, candidate, means);
    const { keptForeign } = swapIn(candidate, paths);
    forgetRefused(paths);
    const message = `${verdict.absence}; the new files pass "bird -p" and are in place for BIRD's next start`;
    return { outcome: 'unavailable', message, keptForeign };
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    return { outcome: 'unavailable', message: error.message };
  } finally {
    candidate.remove();
  }
}

/** @throws BirdError while nothing has been put in place. */
async function putToUse(change: ConfigChange, candidate: Candidate, means: ChangeMeans): Promise<ChangeOutcome> {
  const { paths, control } = means;
  const before = means.owed.reckon(await readNamedNeighbors(control));
  // Without a session there is nothing that a change could hurt, nor anything to prove.
  if (![...before.values()].some(({ established }) => established)) {
    return putInPlace(change, candidate, means, applyAndVerify(paths));
  }
  const preview = previewOf(candidate, paths);
  const { resets, cut } = sessionCost(preview, before, change.intended);
  // Taking the place of a file that is not ours is what the operator wants, whatever its sessions are.
  if (change.live !== undefined) {
    if (cut.length > 0) {
      const gone = cut.map(({ protocol, neighbor }) => `${protocol} (${neighbor})`).join(', ');
      return held(
        'refused',
        change,
        `the templates give no session any more for ${gone}, which is up and stands in bgp.peers; mend the template, or take the peer out of bgp.peers`,
      );
    }
    if (resets.length > 0 && !change.mayReset) {
      const said = resets.map(resetText).join('; ');
      return held(
        'waits',
        change,
        `the new configuration resets sessions that are up, and waits: ${said}; run "flockctl apply --reset", or set bird.allowSessionReset`,
        resets,
      );
    }
    const stops = change.mayWithdraw ? [] : stoppedByText(preview, change.intended);
    if (stops.length > 0) {
      return held(
        'undone',
        change,
        `the templates leave out ${stops.join(' and ')}; nothing was withdrawn and the configuration of before is in force; mend the template, or run "flockctl apply --withdraw" if that is what you want`,
      );
    }
    const lost = await lossesOf(change, preview, candidate, before, means);
    if (lost !== '') {
      return held(
        'undone',
        change,
        `BIRD tried the new configuration out: ${lost}; nothing was withdrawn and the configuration of before is in force; mend the template, or run "flockctl apply --withdraw" if that is what you want`,
      );
    }
  }
  const yardstick = { before, intended: change.intended, mayWithdraw: change.mayWithdraw };
  noteUnconfirmed(change.files.config, before, paths);
  const done = await putInPlace(change, candidate, means, applyOnTrial(paths, change.seconds));
  if (done.outcome === 'inForce') return { ...done, outcome: 'onTrial', yardstick, resets };
  forgetUnconfirmed(paths);
  return done;
}

type Placed = Exclude<ChangeOutcome, { outcome: 'onTrial' }>;

/** Renames the files into place and makes BIRD take them up. */
async function putInPlace(
  change: ConfigChange,
  candidate: Candidate,
  { paths, control }: ChangeMeans,
  apply: ApplyStrategy,
): Promise<Placed> {
  const swap = swapIn(candidate, paths);
  const { keptForeign } = swap;
  const applied = await apply(control);
  if (applied.outcome !== 'refused') return { ...applied, keptForeign };
  swap.undo();
  return refused(change, applied.message, paths);
}

/** What neighbours would lose, as text; empty for nothing, or where that cannot be found out unfelt. */
async function lossesOf(
  change: ConfigChange,
  preview: Preview,
  candidate: Candidate,
  before: NamedNeighbors,
  { control, poke }: ChangeMeans,
): Promise<string> {
  if (change.mayWithdraw || !canBeProbed(preview)) return '';
  const losses = await probe(candidate.main, before, change.intended, control).finally(poke);
  return lossText(losses);
}

/**
 * What lies in place against what would lie there, both with no address announced: those touch no session, have gone out
 * already, and reading ten thousand of them takes longer than all else here.
 */
function previewOf(candidate: Candidate, { main, config, announcements }: PublishPaths): Preview {
  const none = renderAnnouncements([]);
  const before = diskFiles(new Map([[announcements, none]]), [config]);
  const after = diskFiles(new Map([[candidate.announcements, none]]));
  return previewChange({ main, files: before }, { main: candidate.main, files: after });
}

/** @param more what is known beside BIRD's words. */
function refused(
  change: ConfigChange,
  said: string,
  paths: PublishPaths,
  more = '',
): ChangeOutcome & { outcome: 'held' } {
  const explained = explainFault(said, paths, change.files.config, change.locate);
  const message = `BIRD refuses the new configuration: ${explained}${more}; what ran before still runs, the refused text is kept as ${refusedOf(paths.config)}`;
  return { outcome: 'held', held: { state: 'refused', config: change.files.config, message, resets: [] } };
}

/** A text that BIRD would take. What to look at is the first line that is new. */
function held(
  state: HeldState,
  { files, live = '', locate }: ConfigChange,
  why: string,
  resets: readonly SessionReset[] = [],
): ChangeOutcome {
  const place = firstChange(live, files.config, locate);
  const message = place === '' ? why : `${why} (the first new line comes from ${place})`;
  return { outcome: 'held', held: { state, config: files.config, message, resets } };
}
