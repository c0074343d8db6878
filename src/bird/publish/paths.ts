import { basename, dirname, join } from 'node:path';
import type { BirdMode } from '../../config/types.ts';
import { ANNOUNCEMENTS_FILE, INCLUDED_FILE } from '../names.ts';

/** Where everything lies that a publish touches. All names beside `bird.conf` stay out of a glob like `*.conf`. */
export interface PublishPaths {
  readonly mode: BirdMode;
  /** The file that BIRD is started with. With the mode `include` it is the operator's, and nothing here writes it. */
  readonly main: string;
  /** The file that is rendered: the same with the mode `own`, with `include` a `flock.conf` beside it. */
  readonly config: string;
  /** The folder of all of them. */
  readonly folder: string;
  readonly announcements: string;
  /** Folder of the set that is being judged. Hidden: BIRD's globs pass over it. */
  readonly candidate: string;
}

/** @param main path of the file that BIRD is started with, `bird.config` of the configuration. */
export function publishPaths(main: string, mode: BirdMode = 'own'): PublishPaths {
  const folder = dirname(main);
  return {
    mode,
    main,
    config: mode === 'own' ? main : join(folder, INCLUDED_FILE),
    folder,
    announcements: join(folder, ANNOUNCEMENTS_FILE),
    candidate: join(folder, `.flock-candidate-${basename(main)}`),
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

/** The note that a set is in place without being proven. */
export function unconfirmedOf(path: string): string {
  return `${path}.unconfirmed`;
}

/** The names, without end, under which a file that is not flockd's can be kept: `bird.conf.before-flock`, then with numbers. */
export function* foreignNames(path: string): Generator<string> {
  yield `${path}.before-flock`;
  for (let number = 1; ; number += 1) yield `${path}.before-flock.${number}`;
}
