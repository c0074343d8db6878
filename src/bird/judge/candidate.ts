import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { createFile, type Ownership, ownershipFor, syncFolder } from '../files/file-operations.ts';
import type { PublishPaths } from '../files/paths.ts';
import type { RenderedFiles } from '../types.ts';
import { includeFault, type MainFault, stagedMain, withOperatorsLine } from './operator-main.ts';

/** A complete set of files, ready to be judged by BIRD. */
export interface Candidate {
  readonly folder: string;
  /** Path of the file that BIRD is to begin with: `config`, or the stand-in for the operator's file. */
  readonly main: string;
  /** Path of its `bird.conf`, or of its `flock.conf` with `bird.mode: include`. */
  readonly config: string;
  readonly announcements: string;
  /** Why the operator's file does not give BIRD this set; undefined when it does, and always for a `bird.conf` of ours. */
  readonly fault: MainFault | undefined;
  /** Removes the set again; what has been renamed out of it stays. */
  remove(): void;
}

/**
 * Writes a set of files into a folder of its own, `paths.candidate`, durably, so that it can be judged as a
 * whole and then be renamed into place. Everything else beside the real files is there as a symbolic link:
 * relative includes of an operator's template, or of the operator's own `bird.conf`, mean the same as in the real folder.
 * The folder is created from scratch; what a crash left there is removed.
 * @param paths of the real files, which need not exist.
 * @throws an error of the file system.
 */
export function stageCandidate(files: RenderedFiles, paths: PublishPaths, ownership: Ownership): Candidate {
  const folder = paths.candidate;
  const at = (path: string): string => join(folder, basename(path));
  const config = at(paths.config);
  const announcements = at(paths.announcements);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  remove();
  mkdirSync(folder, { mode: 0o700 });
  try {
    linkNeighbours(paths);
    createFile(config, files.config, ownershipFor(files.config, ownership), 'sync');
    createFile(announcements, files.announcements, ownership, 'sync');
    const fault = paths.mode === 'include' ? stageMain(paths, at(paths.main), ownership) : undefined;
    syncFolder(folder);
    // Users who may read the files may enter the folder.
    chmodSync(folder, ownership.mode | 0o100 | ((ownership.mode & 0o044) >> 2));
    if (process.geteuid?.() === 0) chownSync(folder, ownership.uid, ownership.gid);
    return { folder, main: at(paths.main), config, announcements, fault, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function linkNeighbours({ folder: real, candidate, main, config, announcements }: PublishPaths): void {
  if (lstatSync(real, { throwIfNoEntry: false }) === undefined) return;
  const staged = new Set([main, config, announcements].map((path) => basename(path)));
  for (const name of readdirSync(real)) {
    if (!staged.has(name) && !name.startsWith('.flock-')) symlinkSync(join(real, name), join(candidate, name));
  }
}

/** Puts the stand-in for the operator's file into a set. @param path where. */
function stageMain(paths: PublishPaths, path: string, ownership: Ownership): MainFault | undefined {
  const { text, fault } = stagedMain(paths);
  if (fault !== undefined && text !== undefined) {
    createFile(path, text, ownership, 'later');
    return fault;
  }
  if (text === undefined) symlinkSync(paths.main, path);
  else createFile(path, text, ownershipOf(paths.main), 'later');
  const unread = includeFault(path, paths.candidate, paths);
  if (unread?.kind === 'lacking') {
    createFile(path, withOperatorsLine(readFileSync(path, 'utf8')), ownershipOf(paths.main), 'later');
  }
  return unread;
}

/** As the operator's own, so that exactly the users who may read that one, above all BIRD's user, may read the copy. */
function ownershipOf(path: string): Ownership {
  const { uid, gid, mode } = statSync(path);
  return { uid, gid, mode: mode & 0o777 };
}
