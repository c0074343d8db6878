import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createFile, keepAs, ownershipIn, readIfThere, stampOf, syncFolder } from './files.ts';
import { takeAway } from './live-set.ts';
import { type PublishPaths, previousOf, unconfirmedOf } from './paths.ts';

/**
 * Notes, before a change is put in place, that it is not proven. While the note is there a start of flockd takes the set
 * of before for the last good one, and BIRD's own timer takes back what runs.
 */
export function noteUnconfirmed(config: string, paths: PublishPaths): void {
  const text = `${fingerprint(config)}\n${paths.config} is on trial. Should flockd end now, its next start puts ${previousOf(paths.config)} back.\n`;
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
  else keepAs(previous, paths.config);
  syncFolder(paths.folder);
}

/**
 * Takes back a change that was on trial when flockd ended.
 * @returns whether there was one.
 * @throws an error of the file system.
 */
export function recoverUnconfirmed(paths: PublishPaths): boolean {
  const note = readIfThere(unconfirmedOf(paths.config));
  if (note === undefined) return false;
  const live = readIfThere(paths.config);
  // Somebody has written another file since: that one is not what the note is about.
  const same = live !== undefined && note.startsWith(`${fingerprint(live)}\n`);
  if (same) putBack(paths);
  forgetUnconfirmed(paths);
  return same;
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
