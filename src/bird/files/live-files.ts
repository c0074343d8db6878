import { errorText, FlockError } from '../../errors.ts';
import { errnoOf } from '../../files/errno.ts';
import { isOurs } from '../names.ts';
import { readIfThere } from './file-operations.ts';
import { foreignNames, type PublishPaths } from './paths.ts';

/** The files in place, which BIRD runs; undefined for a file that does not exist. */
export interface LiveFiles {
  readonly config: string | undefined;
  readonly announcements: string | undefined;
}

/** @throws FlockError `configurationInvalid` when a file exists but cannot be read. */
export function readLiveFiles(paths: PublishPaths): LiveFiles {
  return { config: readLive(paths.config), announcements: readLive(paths.announcements) };
}

function readLive(path: string): string | undefined {
  try {
    return readIfThere(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    const message = `what BIRD runs cannot be read (${errorText(error)}); run as root, or correct bird.config`;
    throw new FlockError('configurationInvalid', message, { cause: error });
  }
}

/**
 * Where the file in place would be kept, if flockd has not written it: under the first such name that is free, or whose
 * file already has the same text.
 * @param live its text.
 */
export function foreignName(path: string, live: string | undefined): string | null {
  if (live === undefined || isOurs(live)) return null;
  for (const name of foreignNames(path)) {
    const kept = readLive(name);
    if (kept === undefined || kept === live) return name;
  }
  return null;
}
