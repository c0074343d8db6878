import { lstatSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BEAT_MS, every } from '../async/every.ts';
import { FolderWatch } from './folder-watch.ts';
import { hopsOf } from './link-hops.ts';

/**
 * How often a listener is woken without an event, in milliseconds. inotify drops events when its queue is full
 * (`fs.inotify.max_queued_events`, inotify(7)), and does not report changes by other hosts on a network file system.
 */
const REWAKE_MS = 10_000;

/** The same while inotify is not available. */
const POLL_MS = 1_000;

/** Wakes without an event take no more than this share of the time, unless the last was this many milliseconds ago. */
const REWAKE_SHARE = 1 / 1_000;
const POLL_SHARE = 1 / 100;
const LONGEST_REWAKE_MS = 30_000;

/**
 * More events than this since everything was last checked: some may have been dropped (the queue has 16384 by default).
 */
const MANY_EVENTS = 1_000;

/** Most folders that are watched because links lead into them. Changes beyond that are noticed every 10 seconds. */
const MAX_LINKED_FOLDERS = 100;

/** What to watch, and the callbacks. */
interface WatchOptions {
  /**
   * A file or a folder; it may be missing, and may appear and disappear. Files directly in a folder are watched with
   * it.
   */
  readonly path: string;
  /** Whether an entry of the folder matters. Default: all do. */
  readonly isEntry?: (name: string) => boolean;
  /**
   * Something may have changed: entries of those names in the folder, or, when undefined, anything. Does not say what:
   * the listener has to check. At most one call in a turn of the event loop.
   */
  onWake(entries: ReadonlySet<string> | undefined): void;
  /**
   * The path cannot be watched: why, and what to do. `onWake` comes every second instead. Undefined: it can be watched
   * again.
   */
  onFault(fault: string | undefined): void;
}

/** A running watch. Changes are noticed from its creation on. */
export interface PathWatch {
  /** Ends the watch; no callback is called afterwards, and nothing is left behind. */
  close(): void;
}

/**
 * Watches a file or folder: the folder itself, the folder that contains it or the file, and the targets of links. Twice
 * a second each is checked: whether another folder is at that path (replaced, mounted over, unmounted, a link
 * redirected), and whether entries have appeared or disappeared without an event.
 */
export function watchPath(options: WatchOptions): PathWatch {
  return new PathWatcher(options);
}

class PathWatcher implements PathWatch {
  readonly #path: string;
  readonly #options: WatchOptions;
  readonly #folders = new Map<string, FolderWatch>();
  /** What an event means, by folder and name: these entries of the path, undefined for the path itself. */
  #meanings = new Map<string, Map<string, Set<string | undefined>>>();
  /** Entries that are links. */
  #links = new Set<string>();
  /** Entries to wake for in this turn; undefined: everything. */
  #due: Set<string> | undefined = new Set();
  #turn: NodeJS.Immediate | undefined;
  #replan = false;
  #events = 0;
  /** Ticks since everything was woken for, and what that took, in milliseconds. */
  #ticks = 0;
  #costMs = 0;
  #fault: string | undefined;
  readonly #endTicks: () => void;

  constructor(options: WatchOptions) {
    this.#path = resolve(options.path);
    this.#options = options;
    this.#plan();
    this.#endTicks = every(BEAT_MS, () => this.#tick());
  }

  close(): void {
    this.#endTicks();
    clearImmediate(this.#turn);
    this.#turn = undefined;
    for (const folder of this.#folders.values()) folder.close();
    this.#folders.clear();
  }

  #tick(): void {
    let changed = false;
    for (const folder of this.#folders.values()) if (folder.check()) changed = true;
    this.#tellFault();
    const [shortest, share] = this.#fault === undefined ? [REWAKE_MS, REWAKE_SHARE] : [POLL_MS, POLL_SHARE];
    const pause = Math.min(Math.max(shortest, this.#costMs / share), LONGEST_REWAKE_MS);
    this.#ticks += 1;
    if (changed || this.#ticks * BEAT_MS >= pause || this.#events >= MANY_EVENTS) this.#wake(undefined, true);
  }

  #heard(folder: string, name: string | undefined): void {
    this.#events += 1;
    if (name === undefined) {
      this.#wake(undefined, true);
      return;
    }
    const own = folder === this.#path;
    // Kubernetes replaces the link `..data` when it updates a mounted ConfigMap: all files have changed.
    if (name.startsWith('..') && this.#meanings.has(folder)) this.#wake(undefined, true);
    for (const entry of this.#meanings.get(folder)?.get(name) ?? []) this.#wake(entry, true);
    if (!own || this.#due === undefined || this.#due.has(name) || !this.#isEntry(name)) return;
    this.#wake(name, this.#isLink(name) !== this.#links.has(name));
  }

  #wake(entry: string | undefined, replan: boolean): void {
    if (entry === undefined) this.#due = undefined;
    else this.#due?.add(entry);
    this.#replan ||= replan;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      if (this.#replan && this.#plan()) this.#due = undefined;
      const due = this.#due;
      this.#due = new Set();
      const began = performance.now();
      this.#options.onWake(due);
      if (due !== undefined) return;
      this.#events = 0;
      this.#ticks = 0;
      this.#costMs = performance.now() - began;
    });
  }

  /**
   * Determines which folders have to be watched, and watches them.
   * @returns whether one of them has been replaced.
   */
  #plan(): boolean {
    this.#replan = false;
    const meanings = new Map<string, Map<string, Set<string | undefined>>>([[this.#path, new Map()]]);
    const add = (path: string, entry: string | undefined): void => {
      for (const { folder, name } of hopsOf(path)) {
        const names = meanings.get(folder) ?? new Map<string, Set<string | undefined>>();
        if (!meanings.has(folder) && meanings.size > MAX_LINKED_FOLDERS) return;
        meanings.set(folder, names.set(name, (names.get(name) ?? new Set()).add(entry)));
      }
    };
    add(this.#path, undefined);
    this.#links = new Set(this.#listLinks());
    for (const name of this.#links) add(join(this.#path, name), name);
    this.#meanings = meanings;
    for (const [path, folder] of this.#folders) {
      if (meanings.has(path)) continue;
      folder.close();
      this.#folders.delete(path);
    }
    let changed = false;
    for (const path of meanings.keys()) {
      const known = this.#folders.get(path);
      if (known?.check() === true) changed = true;
      if (known !== undefined) continue;
      this.#folders.set(path, new FolderWatch(path, { onEvent: (name) => this.#heard(path, name) }));
    }
    this.#tellFault();
    return changed;
  }

  #tellFault(): void {
    let fault: string | undefined;
    for (const folder of this.#folders.values()) fault ??= folder.fault;
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.#options.onFault(fault);
  }

  #isEntry(name: string): boolean {
    return this.#options.isEntry?.(name) ?? true;
  }

  #listLinks(): readonly string[] {
    try {
      const entries = readdirSync(this.#path, { withFileTypes: true });
      return entries.filter((entry) => entry.isSymbolicLink() && this.#isEntry(entry.name)).map(({ name }) => name);
    } catch {
      // Not a folder, or one that cannot be listed: its listener will report that.
      return [];
    }
  }

  #isLink(name: string): boolean {
    try {
      return lstatSync(join(this.#path, name), { throwIfNoEntry: false })?.isSymbolicLink() === true;
    } catch {
      return false;
    }
  }
}
