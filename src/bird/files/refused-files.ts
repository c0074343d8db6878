import { rmSync } from 'node:fs';
import type { RenderedFiles } from '../types.ts';
import { createFile, ownershipFor, ownershipIn, readIfThere } from './file-operations.ts';
import { type PublishPaths, refusedOf } from './paths.ts';

/** In the text beside the refused files, what BIRD had accepted and what then did harm follows this. */
const UNDONE_MARK = 'changeUndone: ';

/** A text that was rolled back, and why. */
export interface UndoneText {
  readonly config: string;
  readonly message: string;
}

/**
 * Keeps what BIRD has refused, with its message, beside the live set: `bird.conf.refused`, the same for the
 * announcements, and `bird.conf.refused.txt`.
 * @throws an error of the file system.
 */
export function keepRefused(files: Partial<RenderedFiles>, message: string, paths: PublishPaths): void {
  const owner = ownershipIn(paths.folder);
  if (files.config !== undefined) {
    createFile(refusedOf(paths.config), files.config, ownershipFor(files.config, owner), 'later');
  }
  if (files.announcements !== undefined) {
    createFile(refusedOf(paths.announcements), files.announcements, owner, 'later');
  }
  createFile(`${refusedOf(paths.config)}.txt`, `${message}\n`, owner, 'later');
}

/** The same for a set that was rolled back: {@link readUndone} finds it. @throws an error of the file system. */
export function keepUndone(files: RenderedFiles, message: string, paths: PublishPaths): void {
  keepRefused(files, `${UNDONE_MARK}${message}`, paths);
}

/** Removes what was refused earlier; a newer set is in force. @throws an error of the file system. */
export function forgetRefused(paths: PublishPaths): void {
  for (const path of [refusedOf(paths.config), `${refusedOf(paths.config)}.txt`, refusedOf(paths.announcements)]) {
    rmSync(path, { force: true });
  }
}

/**
 * What an earlier flockd has undone, so that a restart does not try it again and do the same harm. A text that BIRD
 * refused does no harm and is simply judged again.
 * @throws an error of the file system.
 */
export function readUndone(paths: PublishPaths): UndoneText | undefined {
  const reason = readIfThere(`${refusedOf(paths.config)}.txt`);
  const config = readIfThere(refusedOf(paths.config));
  if (reason?.startsWith(UNDONE_MARK) !== true || config === undefined) return undefined;
  return { config, message: reason.slice(UNDONE_MARK.length).trimEnd() };
}
