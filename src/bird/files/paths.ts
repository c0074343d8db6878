import { basename, dirname, join } from 'node:path';
import type { BirdMode } from '../../config/types.ts';
import { ANNOUNCEMENTS_FILE, INCLUDED_FILE } from '../names.ts';

/** Where everything is that a publish touches. No name beside `bird.conf` matches a glob like `*.conf`. */
export interface PublishPaths {
  readonly mode: BirdMode;
  /** The file that BIRD is started with. With the mode `include` it is the operator's, and nothing here writes it. */
  readonly main: string;
  /** The file that is rendered: the same with the mode `own`, with `include` a `flock.conf` beside it. */
  readonly config: string;
  /** The folder that holds them all. */
  readonly folder: string;
  readonly announcements: string;
  /** Folder of the set that is being judged. Hidden: BIRD's globs skip it. */
  readonly candidate: string;
}

/** What the name of a set that is being judged begins with. */
export const CANDIDATE_PREFIX = '.flock-candidate-';

/** @param main path of the file that BIRD is started with, `bird.config` of the configuration. */
export function publishPaths(main: string, mode: BirdMode = 'own'): PublishPaths {
  const folder = dirname(main);
  return {
    mode,
    main,
    config: mode === 'own' ? main : join(folder, INCLUDED_FILE),
    folder,
    announcements: join(folder, ANNOUNCEMENTS_FILE),
    candidate: join(folder, `${CANDIDATE_PREFIX}${basename(main)}`),
  };
}

/** The set of files before the last change. */
export function previousOf(path: string): string {
  return `${path}.prev`;
}

/** What BIRD has refused. */
export function refusedOf(path: string): string {
  return `${path}.refused`;
}

/** Room on the disk for the next announcements, for when there is no other. Hidden: BIRD's globs skip it. */
export function reserveOf(announcements: string): string {
  return join(dirname(announcements), `.${basename(announcements)}.reserve`);
}

/** What is written first, to be renamed into place. */
export function temporaryOf(announcements: string): string {
  return join(dirname(announcements), `.${basename(announcements)}.new`);
}

/** The note that a set is in place before it is proven. */
export function unconfirmedOf(path: string): string {
  return `${path}.unconfirmed`;
}

/** The name under which the file is kept that was there before flockd. */
export function firstForeignName(path: string): string {
  return `${path}.before-flock`;
}

/** The names, without end, under which a file that is not flockd's can be kept: `bird.conf.before-flock`, then with numbers. */
export function* foreignNames(path: string): Generator<string> {
  yield firstForeignName(path);
  for (let number = 1; ; number += 1) yield `${path}.before-flock.${number}`;
}

/** How many edits of one file are kept. */
const KEPT_EDITS = 5;

/** The names under which the text of others is kept that replaced a file of ours. */
export function editedNames(path: string): readonly string[] {
  return Array.from({ length: KEPT_EDITS }, (_, number) => `${path}.edited${number === 0 ? '' : `.${number}`}`);
}
