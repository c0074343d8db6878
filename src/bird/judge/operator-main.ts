import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { diskFiles } from '../../bird-language/text/disk-files.ts';
import { isPattern } from '../../bird-language/text/glob.ts';
import { includePath } from '../../bird-language/text/include-paths.ts';
import { includesOf } from '../../bird-language/text/lexer.ts';
import { readIfThere } from '../files/file-operations.ts';
import type { PublishPaths } from '../files/paths.ts';
import { ANNOUNCEMENTS_FILE, INCLUDED_FILE, isOurs } from '../names.ts';
import { type IncludedFile, includedFiles } from './include-walk.ts';

/** The line that an operator's file needs (`bird.mode: include`). */
const OPERATORS_LINE = `include "${INCLUDED_FILE}";`;

/** Why BIRD, started with an operator's file, does not get `flock.conf` from it as it should. */
export interface MainFault {
  /**
   * `missing`: there is no such file. `ours`: it is a `bird.conf` of flockd, from before the mode `include`.
   * `lacking`: nothing in it includes `flock.conf`. With these three a new `flock.conf` can still be put in place,
   * to be there when the file is corrected. `past`: it includes the one in place where it should include the one of a
   * candidate set. `twice`: it includes the announcements beside `flock.conf`.
   */
  readonly kind: 'missing' | 'ours' | 'lacking' | 'past' | 'twice';
  /** One sentence with the remedy. */
  readonly message: string;
}

/** Where `bird.conf` cannot be used itself: the least that BIRD accepts, with an address of RFC 5737. */
const STAND_IN = `router id 192.0.2.1;\nprotocol device { }\n${OPERATORS_LINE}\n`;

/** The operator's file as a candidate set has it. */
interface StagedMain {
  /** Undefined: the file itself can be used. */
  readonly text: string | undefined;
  readonly fault: MainFault | undefined;
}

/**
 * Makes of an operator's file what can be judged in the candidate's folder: what it includes out of its own folder must
 * come out of the candidate's. Relative names do so by themselves; others are rewritten, and no line moves.
 * @throws an error of the file system when the file is there and cannot be read.
 */
export function stagedMain(paths: PublishPaths): StagedMain {
  const { main } = paths;
  const text = readIfThere(main);
  if (text === undefined) {
    const message = `there is no ${main}; with bird.mode: include it is yours: write it, with the line ${OPERATORS_LINE}, or set bird.mode: own`;
    return { text: STAND_IN, fault: { kind: 'missing', message } };
  }
  if (isOurs(text)) {
    const message = `${main} is still flockd's own; with bird.mode: include it must be yours: put your file in its place, with the line ${OPERATORS_LINE} and without the first line of flockd's, or set bird.mode: own`;
    return { text: STAND_IN, fault: { kind: 'ours', message } };
  }
  let staged = '';
  let done = 0;
  for (const { written, at } of includesOf(text)) {
    staged += text.slice(done, at) + redirected(written, paths);
    done = at + written.length;
  }
  staged += text.slice(done);
  return { text: staged === text ? undefined : staged, fault: undefined };
}

/** What is to be included from the candidate's folder instead of a path or pattern of the operator's file. */
function redirected(written: string, { main, folder, candidate }: PublishPaths): string {
  if (!written.startsWith('/') && !written.split('/').includes('..')) return written;
  const path = includePath(main, written);
  const leadsHere = !isPattern(dirname(path)) && realPath(dirname(path)) === realPath(folder);
  return leadsHere ? `${candidate}/${basename(path)}` : path;
}

/** The staged file with the line that it lacks, at its end, where it does the least harm. */
export function withOperatorsLine(text: string): string {
  return `${text}\n${OPERATORS_LINE}\n`;
}

/**
 * Whether a main file includes the `flock.conf` of a folder, no other, and only once.
 * @param read path of the main file to read: the operator's, or the one of a candidate set.
 * @param from folder of the `flock.conf` that it is to include.
 */
export function includeFault(
  read: string,
  from: string,
  { main, folder, config }: PublishPaths,
): MainFault | undefined {
  // The announcements include nothing, and splitting ten thousand of them takes longer than everything else here.
  const disk = diskFiles(new Map([[join(from, ANNOUNCEMENTS_FILE), '']]));
  const files = includedFiles({ main: read, files: disk }).map((included) => ({
    ...included,
    real: realPath(included.file),
  }));
  const where = ({ from, line }: IncludedFile): string => `${from === read ? main : from}:${line}`;
  const ours = realPath(join(from, INCLUDED_FILE));
  const announcements = [from, folder].map((parent) => realPath(join(parent, ANNOUNCEMENTS_FILE)));
  const second = files.find(({ real, from }) => announcements.includes(real) && basename(from) !== INCLUDED_FILE);
  if (second !== undefined) {
    const message = `${where(second)} includes ${ANNOUNCEMENTS_FILE}, which ${INCLUDED_FILE} includes itself; name ${INCLUDED_FILE} alone there`;
    return { kind: 'twice', message };
  }
  if (files.some(({ real }) => real === ours)) return undefined;
  const past = files.find(({ real }) => real === realPath(config));
  if (past !== undefined) {
    const message = `${where(past)} includes ${config} in a way in which no change of it can be judged before it is in place; include it from ${main} itself, with the line ${OPERATORS_LINE}`;
    return { kind: 'past', message };
  }
  const message = `${main} does not include ${INCLUDED_FILE}, so that BIRD knows nothing of flockd; put the line ${OPERATORS_LINE} into it, above every protocol that uses a filter of flockd`;
  return { kind: 'lacking', message };
}

/** What is wrong with the operator's file as it is on the disk. @throws an error of the file system. */
export function mainFault(paths: PublishPaths): MainFault | undefined {
  return stagedMain(paths).fault ?? includeFault(paths.main, paths.folder, paths);
}

/**
 * A path without links; of one that does not exist, without links in its folder. By the kernel's rules: Node's own
 * `realpathSync` resolves `..` before it follows a link.
 */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // Not there, or not visible from here: only its name can be compared.
  }
  try {
    return join(realpathSync.native(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
