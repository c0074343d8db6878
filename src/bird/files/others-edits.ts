import { existsSync, renameSync } from 'node:fs';
import type { Logger } from '../../log.ts';
import { isOurs } from '../names.ts';
import { replaceAnnouncements } from './announcements-file.ts';
import { createFile, ownershipFor, ownershipIn, syncFolder } from './file-operations.ts';
import { isThere, type KeptEdit, keepEdit } from './kept-edits.ts';
import { keepForeign } from './live-set.ts';
import { firstForeignName, type PublishPaths } from './paths.ts';
import { type Placed, readable } from './placed-files.ts';

/** Which of flockd's files others have written. */
export interface EditedFiles {
  readonly config: boolean;
  readonly announcements: boolean;
}

/** What others have written where flockd's files were. */
export interface OthersEdits {
  /**
   * Finds it. Files that were written and have the same text as before are no edit.
   * @param announcements the text that should be there; undefined when that is not known.
   */
  find(announcements: string | undefined): EditedFiles;
  /**
   * Keeps a copy of the edited files, and leaves the files as they are.
   * @throws an error of the file system.
   */
  leave(edited: EditedFiles): void;
  /**
   * Keeps a copy of the edited files, and puts flockd's own back: the `config` that was last placed, and these announcements.
   * @throws an error of the file system.
   */
  putBack(edited: EditedFiles, announcements: string | undefined): void;
  /** One sentence for each edit that is kept and still there. */
  readonly problems: readonly string[];
}

interface OthersEditsOptions {
  readonly paths: PublishPaths;
  readonly placed: Placed;
  readonly log: Logger;
}

export function createOthersEdits({ paths, placed, log }: OthersEditsOptions): OthersEdits {
  const edits = new Map<string, KeptEdit>();

  /** The first file that is not flockd's, such as the one that comes with BIRD's package, was there before flockd. */
  function isFirstForeign(path: string): boolean {
    if (path !== paths.config || paths.mode !== 'own' || existsSync(firstForeignName(path))) return false;
    const text = readable(path);
    return text !== undefined && text !== '' && !isOurs(text);
  }

  /** @returns a function that logs it. */
  function keep(path: string): () => void {
    if (isFirstForeign(path)) {
      const kept = keepForeign(path);
      return () => log.warn({ kept }, `${path} was not flockd's; it is kept as ${kept}`);
    }
    const edit = keepEdit(path);
    if (edit !== undefined) edits.set(edit.kept, edit);
    const where = edit === undefined ? '' : `; theirs is kept as ${edit.kept}`;
    return () => log.warn({ kept: edit?.kept }, `another program or person has written ${path}${where}`);
  }

  /** @param then what is done with the files once they are kept. It is logged last: a disk that refuses is tried again every second. */
  function keepAll({ config, announcements }: EditedFiles, then: () => void): void {
    const tell = [...(config ? [keep(paths.config)] : []), ...(announcements ? [keep(paths.announcements)] : [])];
    then();
    for (const one of tell) one();
  }

  return {
    find(announcements) {
      const { touched } = placed;
      const edited = {
        config: touched.config && readable(paths.config) !== placed.config,
        announcements:
          touched.announcements && announcements !== undefined && readable(paths.announcements) !== announcements,
      };
      const isTouched = touched.config || touched.announcements;
      if (isTouched && !edited.config && !edited.announcements) placed.leave();
      return edited;
    },
    leave: (edited) => keepAll(edited, () => placed.leave()),
    putBack(edited, announcements) {
      keepAll(edited, () => {
        if (edited.config && placed.config !== undefined) replaceConfig(placed.config, paths);
        if (edited.announcements && announcements !== undefined) replaceAnnouncements(announcements, paths);
        placed.note([]);
      });
    },
    get problems() {
      return [...edits.values()]
        .filter(isThere)
        .map(
          ({ path, kept }) =>
            `another program or person has written ${path}, which is flockd's; their text is kept as ${kept}: put what is needed of it into a template in bird.templates, then remove it`,
        );
    },
  };
}

/** Puts flockd's text back where others have written or removed a file. */
function replaceConfig(text: string, { config: path, folder }: PublishPaths): void {
  const temporary = `${path}.new`;
  createFile(temporary, text, ownershipFor(text, ownershipIn(folder)), 'sync');
  renameSync(temporary, path);
  syncFolder(folder);
}
