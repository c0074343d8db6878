import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { NamedNeighbors } from '../measure/neighbors.ts';
import { parseNeighbors, writeNeighbors } from '../measure/neighbors-text.ts';
import { createFile, ownershipIn, putBackFrom, readIfThere, stampOf, syncFolder } from './file-operations.ts';
import { takeAway } from './live-set.ts';
import { type PublishPaths, previousOf, unconfirmedOf } from './paths.ts';

/**
 * Notes, before a change is put in place, that it is not proven. While the note is there a start of flockd takes the set
 * of before for the last good one, and BIRD's own timer takes back what runs.
 * @param before what BIRD has with its neighbours: the next start measures by it.
 */
export function noteUnconfirmed(config: string, before: NamedNeighbors, paths: PublishPaths): void {
  const remark = `${paths.config} is on trial. Should flockd end now, its next start puts ${previousOf(paths.config)} back.`;
  const text = `${fingerprint(config)}\n${remark}\n${writeNeighbors(before)}\n`;
  createFile(unconfirmedOf(paths.config), text, ownershipIn(paths.folder), 'sync');
}

/** The change is proven, or taken back. */
export function forgetUnconfirmed(paths: PublishPaths): void {
  rmSync(unconfirmedOf(paths.config), { force: true });
}

/** Puts the `bird.conf` of before in the place of the one on trial; the announcements stay as they are. */
export function putBack(paths: PublishPaths): void {
  const previous = previousOf(paths.config);
  if (stampOf(previous) === undefined) takeAway(paths.config, paths);
  else putBackFrom(previous, paths.config);
  syncFolder(paths.folder);
}

/** A trial that did not end while flockd ran. */
export interface Unconfirmed {
  /** Whether its text was still in place, and has been taken back now. */
  readonly takenBack: boolean;
  /** What BIRD had with its neighbours before it. */
  readonly before: NamedNeighbors;
}

/**
 * Takes back a change that was on trial when flockd ended.
 * @returns undefined when there was none.
 * @throws an error of the file system.
 */
export function recoverUnconfirmed(paths: PublishPaths): Unconfirmed | undefined {
  const note = readIfThere(unconfirmedOf(paths.config));
  if (note === undefined) return undefined;
  const [noted, , ...before] = note.split('\n');
  const live = readIfThere(paths.config);
  // Otherwise flockd has taken it back as it ended, or somebody has written another file since.
  const takenBack = live !== undefined && noted === fingerprint(live);
  if (takenBack) putBack(paths);
  forgetUnconfirmed(paths);
  return { takenBack, before: parseNeighbors(before.join('\n')) };
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
