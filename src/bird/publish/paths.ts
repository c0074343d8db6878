import { basename, dirname, join } from 'node:path';
import { ANNOUNCEMENTS_FILE } from '../names.ts';

/** Where everything lies that a publish touches. All names beside `bird.conf` stay out of a glob like `*.conf`. */
export interface PublishPaths {
  /** `bird.conf`. */
  readonly config: string;
  /** Its folder. */
  readonly folder: string;
  readonly announcements: string;
  /** Folder of the set that is being judged. Hidden: BIRD's globs pass over it. */
  readonly candidate: string;
}

/** @param config path of `bird.conf`, `bird.config` of the configuration. */
export function publishPaths(config: string): PublishPaths {
  const folder = dirname(config);
  return {
    config,
    folder,
    announcements: join(folder, ANNOUNCEMENTS_FILE),
    candidate: join(folder, `.flock-candidate-${basename(config)}`),
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
