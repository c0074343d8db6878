import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ANNOUNCEMENTS_FILE } from '../names.ts';
import type { RenderedFiles } from '../types.ts';
import { createFile, type Ownership, ownershipFor, syncFolder } from './files.ts';

/** A complete set of files, ready to be judged by BIRD. */
export interface Candidate {
  readonly folder: string;
  /** Path of its `bird.conf`. */
  readonly config: string;
  readonly announcements: string;
  /** Takes the set away again; what has been renamed out of it stays. */
  remove(): void;
}

/**
 * Writes a set of files into a folder of its own, on the disk for good, so that it can be judged as a whole and then be
 * renamed into place. Everything else that lies beside the real `bird.conf` is there as a symbolic link: relative
 * includes of an operator's template mean the same as in the real folder.
 * @param folder made afresh; what a crash left there is removed.
 * @param config path of the real `bird.conf`, which need not exist.
 */
export function stageCandidate(files: RenderedFiles, folder: string, config: string, ownership: Ownership): Candidate {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  const candidate = {
    folder,
    config: join(folder, basename(config)),
    announcements: join(folder, ANNOUNCEMENTS_FILE),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  try {
    linkNeighbours(folder, config);
    createFile(candidate.config, files.config, ownershipFor(files.config, ownership), 'sync');
    createFile(candidate.announcements, files.announcements, ownership, 'sync');
    syncFolder(folder);
    // Whoever may read the files may enter the folder.
    chmodSync(folder, ownership.mode | 0o100 | ((ownership.mode & 0o044) >> 2));
    if (process.geteuid?.() === 0) chownSync(folder, ownership.uid, ownership.gid);
  } catch (error) {
    candidate.remove();
    throw error;
  }
  return candidate;
}

function linkNeighbours(folder: string, config: string): void {
  const real = dirname(config);
  if (lstatSync(real, { throwIfNoEntry: false }) === undefined) return;
  for (const name of readdirSync(real)) {
    const ours = name === basename(config) || name === ANNOUNCEMENTS_FILE || name.startsWith('.flock-');
    if (!ours) symlinkSync(join(real, name), join(folder, name));
  }
}
