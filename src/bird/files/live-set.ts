import { linkSync, renameSync, rmSync } from 'node:fs';
import { errnoOf } from '../../files/errno.ts';
import { FILE_HEADER, isOurs } from '../names.ts';
import { createFile, fileStamp, keepAs, ownershipIn, putBackFrom, readIfThere, syncFolder } from './file-operations.ts';
import { foreignNames, type PublishPaths, previousOf } from './paths.ts';

/** Paths of a judged set that is to be put in place. */
interface JudgedSet {
  readonly config: string;
  readonly announcements: string;
}

/** A set of files that has just been put in place. */
interface Swap {
  /** Where the foreign `bird.conf` is kept that was in the way; undefined when there was none. */
  readonly keptForeign: string | undefined;
  /** Puts back what was there before. */
  undo(): void;
}

/**
 * Puts a judged set in place by renaming, so that BIRD finds either the old or the new text of each file, also after a
 * power cut. The old ones stay beside them as `….prev`. The two files never contradict each other: they know each other
 * by protocol names only, which are constant, so that the moment between the two renames is as good as either side of
 * it.
 */
export function swapIn(judged: JudgedSet, paths: PublishPaths): Swap {
  const keptForeign = keepForeign(paths.config);
  const had = new Map<string, boolean>();
  const undo = (): void => {
    for (const [path, there] of had) {
      if (there) putBackFrom(previousOf(path), path);
      else takeAway(path, paths);
    }
    syncFolder(paths.folder);
  };
  const replacements = [
    [judged.announcements, paths.announcements],
    [judged.config, paths.config],
  ] as const;
  try {
    for (const [from, path] of replacements) {
      const there = fileStamp(path) !== undefined;
      if (there) keepAs(path, previousOf(path));
      else rmSync(previousOf(path), { force: true });
      had.set(path, there);
      renameSync(from, path);
    }
    syncFolder(paths.folder);
  } catch (error) {
    undo();
    throw error;
  }
  return { keptForeign, undo };
}

/** What remains of a `flock.conf` that was rolled back when there was none before it. */
export const EMPTY_SET = `${FILE_HEADER}\n# Empty: what was here has been taken back.\n`;

/**
 * Removes a file that was not there before. BIRD could not start any more without a `flock.conf` that the operator's
 * file includes already: of that one only a comment remains.
 */
export function takeAway(path: string, { mode, config, folder }: PublishPaths): void {
  if (mode === 'own' || path !== config) rmSync(path, { force: true });
  else createFile(path, EMPTY_SET, ownershipIn(folder), 'sync');
}

/**
 * Keeps a `bird.conf` that is not ours as `bird.conf.before-flock`, under the first such name that is free: what an
 * operator has written is never lost and never overwritten. The same text is not kept twice.
 * @returns the name; undefined where there is no file that is not ours.
 */
export function keepForeign(config: string): string | undefined {
  const text = readIfThere(config);
  if (text === undefined || isOurs(text)) return undefined;
  for (const name of foreignNames(config)) {
    try {
      linkSync(config, name);
      return name;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (readIfThere(name) === text) return name;
    }
  }
  return undefined;
}
