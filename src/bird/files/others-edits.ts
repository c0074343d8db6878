import { existsSync, renameSync } from 'node:fs';
import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import type { Logger } from '../../log.ts';
import { isOurs } from '../names.ts';
import { replaceAnnouncements } from '../publish/publish-announcements.ts';
import { createFile, ownershipFor, ownershipIn, syncFolder } from './file-operations.ts';
import { isThere, type KeptEdit, keepEdit } from './kept-edits.ts';
import { keepForeign } from './live-set.ts';
import { firstForeignName, type PublishPaths } from './paths.ts';
import { type Placed, readable } from './placed-files.ts';

/** What came of looking for edits. `theirs`: BIRD may run what somebody else has written, so that it is left in place. */
export type Mended = 'nothing' | 'putBack' | 'theirs';

/** Finds what others have written in the place of flockd's files, keeps it, and puts flockd's own back. */
export interface OthersEdits {
  /**
   * @param announcements the text that should lie there; undefined when that is not known.
   * @param isKnown whether BIRD has accepted what flockd has left there.
   * @throws an error of the file system.
   */
  mend(announcements: string | undefined, isKnown: boolean): Promise<Mended>;
  /** One sentence for each edit that is kept and still there. */
  readonly problems: readonly string[];
}

export interface OthersEditsOptions {
  readonly paths: PublishPaths;
  readonly placed: Placed;
  readonly control: BirdControl;
  readonly log: Logger;
}

/**
 * A file that somebody has broken and BIRD has not read yet is a trap for BIRD's next start: flockd's text takes its place.
 * Where BIRD may have read it, that would be a change of what it runs, which may reset sessions: then it is left, and what
 * takes it back is a change like any other.
 */
export function createOthersEdits({ paths, placed, control, log }: OthersEditsOptions): OthersEdits {
  const edits = new Map<string, KeptEdit>();

  async function mayRunTheirs(isKnown: boolean): Promise<boolean> {
    try {
      await control.showStatus();
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      return false; // What it reads next is what lies there then.
    }
    return !isKnown || control.displaced === true;
  }

  /** The first file that is not flockd's, such as the one that comes with BIRD's package, was there before flockd. */
  function isFirstForeign(path: string): boolean {
    if (path !== paths.config || paths.mode !== 'own' || existsSync(firstForeignName(path))) return false;
    const text = readable(path);
    return text !== undefined && text !== '' && !isOurs(text);
  }

  function keep(path: string): () => void {
    if (isFirstForeign(path)) {
      const kept = keepForeign(path);
      return () => log.warn({ kept }, `${path} was not flockd's; it is kept as ${kept}`);
    }
    const edit = keepEdit(path);
    if (edit !== undefined) edits.set(edit.kept, edit);
    const where = edit === undefined ? '' : `; theirs is kept as ${edit.kept}`;
    return () => log.warn({ kept: edit?.kept }, `somebody else has written ${path}${where}`);
  }

  return {
    async mend(announcements, isKnown) {
      const { touched } = placed;
      const isEdited = touched.config && readable(paths.config) !== placed.config;
      const isChanged =
        touched.announcements && announcements !== undefined && readable(paths.announcements) !== announcements;
      if (!isEdited && !isChanged) {
        if (touched.config || touched.announcements) placed.leave();
        return 'nothing';
      }
      const theirs = await mayRunTheirs(isKnown);
      const tell = [...(isEdited ? [keep(paths.config)] : []), ...(isChanged ? [keep(paths.announcements)] : [])];
      if (theirs) {
        placed.leave();
      } else {
        if (isEdited && placed.config !== undefined) putBack(placed.config, paths);
        if (isChanged) replaceAnnouncements(announcements, paths);
        placed.note([]);
      }
      // Not before: a disk that refuses is tried again every second.
      for (const one of tell) one();
      return theirs ? 'theirs' : 'putBack';
    },
    get problems() {
      return [...edits.values()]
        .filter(isThere)
        .map(
          ({ path, kept }) =>
            `somebody else has written ${path}, which is flockd's; their text is kept as ${kept}: put what is needed of it into a template in bird.templates, then remove it`,
        );
    },
  };
}

/** Puts flockd's text in the place of what somebody else has written there, or taken away. */
function putBack(config: string, { config: path, folder }: PublishPaths): void {
  const temporary = `${path}.new`;
  createFile(temporary, config, ownershipFor(config, ownershipIn(folder)), 'sync');
  renameSync(temporary, path);
  syncFolder(folder);
}
