import { type FSWatcher, type Stats, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { errorText } from '../errors.ts';
import { errnoOf } from './errno.ts';

/** Callbacks for events. */
interface FolderEvents {
  /** Something happened to the entry of that name, or, when undefined, to the folder itself. */
  onEvent(name: string | undefined): void;
}

/**
 * inotify on one folder, by its path. The kernel watches the folder that existed when the watch began, wherever it is
 * moved and whatever is mounted over it; `check` notices when the path leads to another one. Anything but a folder is
 * not watched: only `check` notices its changes.
 */
export class FolderWatch {
  readonly #path: string;
  readonly #events: FolderEvents;
  #watcher: FSWatcher | undefined;
  #seen: Seen;
  /** Events have arrived since the last check. */
  #heardOf = false;
  #fault: string | undefined;

  constructor(path: string, events: FolderEvents) {
    this.#path = path;
    this.#events = events;
    this.#seen = look(path);
    this.#open();
  }

  /** Why the folder cannot be watched, with the remedy. Undefined: it is watched, or does not exist. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Watches what the path leads to, unless it is watched already.
   * @returns whether something has changed without an event since the last check: another folder is at the path, or
   * entries have appeared or disappeared in it, or what is there is not a folder and has changed.
   */
  check(): boolean {
    const before = this.#seen;
    const heardOf = this.#heardOf;
    this.#seen = look(this.#path);
    this.#heardOf = false;
    const other = !isSameFolder(before, this.#seen);
    if (other || this.#watcher === undefined) this.#open();
    return other || (!isSameState(before, this.#seen) && !heardOf);
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #open(): void {
    this.close();
    this.#fault = undefined;
    if (!isFolder(this.#seen)) return;
    try {
      const watcher = watch(this.#path);
      this.#watcher = watcher;
      watcher.on('change', (type, name) => this.#heard(watcher, type, String(name)));
      watcher.on('error', () => this.#lost(watcher));
    } catch (error) {
      this.#fault = faultOf(error);
    }
  }

  #heard(watcher: FSWatcher, type: string, name: string): void {
    if (watcher !== this.#watcher) return;
    this.#heardOf = true;
    // Events of the folder itself have its own name: it was moved, removed or unmounted, and is no longer watched.
    if (type === 'rename' && name === basename(this.#path)) this.#lost(watcher);
    else this.#events.onEvent(name);
  }

  #lost(watcher: FSWatcher): void {
    if (watcher !== this.#watcher) return;
    this.close();
    this.check();
    this.#events.onEvent(undefined);
  }
}

/** What a path leads to: what stat(2) says, undefined for nothing, or why that cannot be known. */
type Seen = Stats | string | undefined;

function look(path: string): Seen {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // ELOOP, EACCES, ESTALE: reading it will say so.
    return errorText(error);
  }
}

function isFolder(seen: Seen): seen is Stats {
  return typeof seen === 'object' && seen.isDirectory();
}

/** Whether two checks have found the same folder, or both none. */
function isSameFolder(a: Seen, b: Seen): boolean {
  if (!isFolder(a) || !isFolder(b)) return isFolder(a) === isFolder(b);
  return a.ino === b.ino && a.dev === b.dev;
}

/** Whether no entry was added or removed; of what is no folder, whether nothing has changed. */
function isSameState(a: Seen, b: Seen): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a.isDirectory() !== b.isDirectory() || a.mtimeMs !== b.mtimeMs) return false;
  if (a.isDirectory()) return true;
  return a.ctimeMs === b.ctimeMs && a.size === b.size && a.ino === b.ino && a.dev === b.dev;
}

/** What an operator has to know of a watch that cannot begin (inotify_init1(2), inotify_add_watch(2)). */
function faultOf(error: unknown): string | undefined {
  const code = errnoOf(error);
  // It went away in between; the next check finds it.
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  if (code === 'ENOSPC') return 'no inotify watches are left (ENOSPC); raise fs.inotify.max_user_watches with sysctl';
  if (code === 'EMFILE') {
    return 'no inotify instances are left (EMFILE); raise fs.inotify.max_user_instances with sysctl, or the limit of open files';
  }
  return errorText(error);
}
