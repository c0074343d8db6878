import { type BigIntStats, lstatSync, statSync } from 'node:fs';
import { errnoOf } from '../../files/errno.ts';
import { readIfThere } from './file-operations.ts';
import type { PublishPaths } from './paths.ts';
import type { Stamps } from './stamps.ts';

/** Our two files as they are on the disk, each identified by a stamp that changes when it is written. */
interface PlacedFiles {
  readonly config: string;
  readonly announcements: string;
}

/** What flockd has left on the disk, so that it notices when others have written there. */
export interface Placed {
  /** What is there now. Never throws, and reads no text. */
  stamps(): PlacedFiles;
  /** The same as BIRD's files. @param main stamp of the operator's file. */
  allStamps(main: string | undefined): Stamps;
  /**
   * What is there now is ours: the announcements, and `config` if its text is one of these.
   * @param texts that flockd may have put in place.
   */
  note(texts: readonly (string | undefined)[]): void;
  /** What is there now is not ours, and is left alone. */
  leave(): void;
  /** What has been written since. Nothing before the first `note`. */
  readonly touched: { readonly config: boolean; readonly announcements: boolean };
  /** The text of `config` that flockd has left last; undefined where it has left none. */
  readonly config: string | undefined;
}

export function createPlaced({ mode, config, announcements }: PublishPaths): Placed {
  let known: Partial<PlacedFiles> = {};
  let text: string | undefined;
  const stamps = (): PlacedFiles => ({ config: entryStamp(config), announcements: entryStamp(announcements) });

  return {
    stamps,
    // With `own` the file that BIRD is started with is one of the two.
    allStamps: (main) => ({ main: mode === 'own' ? undefined : main, ours: JSON.stringify(stamps()) }),
    note(texts) {
      const now = stamps();
      if (now.config !== known.config) {
        const there = readable(config);
        // Written by others at the same moment: it stays to be found.
        const isOurs = there === undefined || there === text || texts.includes(there);
        known = isOurs ? { ...known, config: now.config } : known;
        if (isOurs) text = there;
      }
      known = { ...known, announcements: now.announcements };
    },
    leave() {
      known = stamps();
    },
    get touched() {
      const now = stamps();
      return {
        config: known.config !== undefined && now.config !== known.config,
        announcements: known.announcements !== undefined && now.announcements !== known.announcements,
      };
    },
    get config() {
      return text;
    },
  };
}

/** The text of a file; undefined where there is none or it cannot be read, which its reader reports. */
export function readable(path: string): string | undefined {
  try {
    return readIfThere(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** A stamp that changes when a name gets another file, or its file another text; of a link also what it leads to. */
function entryStamp(path: string): string {
  try {
    const entry = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (entry === undefined) return 'missing';
    return entry.isSymbolicLink() ? `link ${text(entry)} ${text(statSync(path, { bigint: true }))}` : text(entry);
  } catch (error) {
    return errnoOf(error) ?? 'unknown';
  }
}

function text({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs}`;
}
