import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createFile, fileStamp, ownershipIn, putBackFrom, readIfThere, syncFolder } from './file-operations.ts';
import { takeAway } from './live-set.ts';
import { type PublishPaths, previousOf, unconfirmedOf } from './paths.ts';

/**
 * Notes, before a change is put in place, that it is not proven. While the note is there a start of flockd takes the
 * previous set for the last good one, and BIRD's own timer rolls back what runs.
 * @param measured what BIRD has with its neighbours now, as text: the next start compares with it.
 * @throws an error of the file system.
 */
export function noteTrial(config: string, measured: string, paths: PublishPaths): void {
  const remark = `${paths.config} is on trial. Should flockd end now, its next start puts ${previousOf(paths.config)} back.`;
  const text = `${fingerprint(config)}\n${remark}\n${measured}\n`;
  createFile(unconfirmedOf(paths.config), text, ownershipIn(paths.folder), 'sync');
}

/** The change is proven, or rolled back. @throws an error of the file system. */
export function removeNote(paths: PublishPaths): void {
  rmSync(unconfirmedOf(paths.config), { force: true });
}

/**
 * Replaces the `bird.conf` on trial with the previous one; the announcements stay as they are.
 * @throws an error of the file system.
 */
export function putBackPrevious(paths: PublishPaths): void {
  const previous = previousOf(paths.config);
  if (fileStamp(previous) === undefined) takeAway(paths.config, paths);
  else putBackFrom(previous, paths.config);
  syncFolder(paths.folder);
}

/** A trial that did not end while flockd ran. */
interface InterruptedTrial {
  /** Whether its text was still in place, and has been rolled back now. */
  readonly takenBack: boolean;
  /** What BIRD had with its neighbours before it, as it was noted. */
  readonly measured: string;
}

/**
 * Rolls back a change that was on trial when flockd ended.
 * @returns undefined when there was none.
 * @throws an error of the file system.
 */
export function takeBackInterrupted(paths: PublishPaths): InterruptedTrial | undefined {
  const note = readIfThere(unconfirmedOf(paths.config));
  if (note === undefined) return undefined;
  const [noted, , ...measured] = note.split('\n');
  const live = readIfThere(paths.config);
  // Otherwise flockd has rolled it back as it ended, or another file was written since.
  const takenBack = live !== undefined && noted === fingerprint(live);
  if (takenBack) putBackPrevious(paths);
  removeNote(paths);
  return { takenBack, measured: measured.join('\n') };
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
