import { type Dirent, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ANNOUNCEMENTS_FILE, INCLUDED_FILE, isOurs } from '../names.ts';
import { CANDIDATE_PREFIX, type PublishPaths, previousOf, publishPaths, refusedOf, temporaryOf } from './paths.ts';
import { readable } from './placed-files.ts';
import { readUndone } from './refused-files.ts';

/**
 * Removes what a flockd that was killed has left beside the files: sets that were being judged, texts that were about to
 * be renamed into place, and refused texts that nothing refers to. Only what has a name of ours and is of the kind that
 * we make. What a start continues with stays: the note of a trial, the set before it, and a text that was undone.
 * @param paths of the first publish of this flockd: no other one is at work in the folder.
 * @returns names of what was removed.
 * @throws an error of the file system.
 */
export function removeStaleFiles(paths: PublishPaths): string[] {
  const removed: string[] = [];
  const entries = new Map(entriesOf(paths.folder).map((entry) => [join(paths.folder, entry.name), entry]));
  const remove = (path: string): void => {
    rmSync(path, { recursive: true, force: true });
    removed.push(path);
  };
  for (const [path, entry] of entries) {
    if (entry.isDirectory() && entry.name.startsWith(CANDIDATE_PREFIX)) remove(path);
  }
  for (const path of temporaries(paths)) {
    if (entries.get(path)?.isFile() !== true) continue;
    // An operator may have a file of this name, a draft for instance.
    const text = readable(path);
    if (path === temporaryOf(paths.announcements) || text === '' || (text !== undefined && isOurs(text))) remove(path);
  }
  const sets = [paths, publishPaths(paths.main, paths.mode === 'own' ? 'include' : 'own')];
  const idle = sets.filter((set) => readUndone(set) === undefined);
  const refused = idle.flatMap(({ config }) => [refusedOf(config), `${refusedOf(config)}.txt`]);
  if (idle.length === sets.length) refused.push(refusedOf(paths.announcements));
  for (const path of refused) if (entries.get(path)?.isFile() === true) remove(path);
  return removed;
}

/** Names that a text has for the moment before it is renamed into place. */
function temporaries({ folder, config, announcements }: PublishPaths): string[] {
  const files = [config, join(folder, INCLUDED_FILE), join(folder, ANNOUNCEMENTS_FILE)];
  return [
    temporaryOf(announcements),
    ...new Set(files.flatMap((path) => [path, previousOf(path)].map((name) => `${name}.new`))),
  ];
}

function entriesOf(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true });
}
