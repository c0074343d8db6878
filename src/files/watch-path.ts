import { type Stats, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';

/**
 * How often a listener is woken without an event. inotify drops events when its queue is full
 * (`fs.inotify.max_queued_events`, inotify(7)) and nobody is told; nor does it see a file system mounted on top.
 */
const REWAKE_MS = 10_000;

/** Longest wait for the first listing of a folder. Events are taken from the beginning in any case. */
const READY_DEADLINE_MS = 5_000;

/** Where to watch, and whom to tell. */
export interface WatchOptions {
  /** A file or a folder; it may be missing, and may come and go. Files directly in a folder are watched with it. */
  readonly path: string;
  /**
   * Something may have changed: the entry of that name in the folder, or, when undefined, anything. Says nothing about
   * what: the listener looks for itself.
   */
  onWake(entry: string | undefined): void;
  /** Watching fails, for instance for lack of inotify watches. `onWake` still comes every 10 seconds. */
  onError(error: Error): void;
}

/** A running watch. */
export interface PathWatch {
  /** When changes from now on are seen. */
  readonly ready: Promise<void>;
  /** Ends the watch; nothing is called any more, and nothing is left behind. */
  close(): Promise<void>;
}

/**
 * Watches a file or folder with chokidar 6, whose quirks are fenced here:
 * - it reports a change of one path at most once in 50 ms, the second one late. The raw events behind its own come at
 *   once (0.2 to 1 ms measured), so both wake the listener.
 * - with `depth: 0` it never looks into a folder that appears after the watch began; leaving out subfolders, and links
 *   to folders, through `ignored` does the same job and works.
 * - it does not see a link in the path being redirected (how Kubernetes updates a mounted ConfigMap: the link `..data`
 *   is replaced); the raw event does.
 */
export function watchPath({ path: given, onWake, onError }: WatchOptions): PathWatch {
  const path = resolve(given);
  let closed = false;
  const wake = (entry: string | undefined): void => {
    if (!closed) onWake(entry);
  };
  const watcher: FSWatcher = watch(path, {
    ignoreInitial: true,
    atomic: false,
    ignored: (candidate, stats) => candidate !== path && stats !== undefined && isFolder(candidate, stats),
  });
  const entryOf = (changed: string): string | undefined =>
    changed !== path && dirname(changed) === path ? basename(changed) : undefined;
  watcher.on('all', (_event, changed) => wake(entryOf(resolve(changed))));
  watcher.on('raw', (_event, name, details: unknown) => {
    const folder = watchedFolder(details);
    if (folder === path && typeof name === 'string' && name !== basename(path)) wake(name);
    else if (folder === path || isAbove(folder, path)) wake(undefined);
  });
  watcher.on('error', (error) => {
    if (!closed) onError(error instanceof Error ? error : new Error(String(error)));
  });
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>();
  const deadline = setTimeout(becomeReady, READY_DEADLINE_MS);
  watcher.once('ready', becomeReady);
  const rewake = setInterval(() => wake(undefined), REWAKE_MS);
  return {
    ready: ready.finally(() => clearTimeout(deadline)),
    async close() {
      closed = true;
      clearInterval(rewake);
      becomeReady();
      await watcher.close();
    },
  };
}

/** Whether an entry is a folder, or a link to one, into which chokidar would descend. */
function isFolder(path: string, stats: Stats): boolean {
  if (!stats.isSymbolicLink()) return stats.isDirectory();
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // A circle of links leads to no folder.
    return false;
  }
}

/** chokidar's details of a raw event are documented as unstable: looked at with care. */
function watchedFolder(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return undefined;
  return typeof details.watchedPath === 'string' ? resolve(details.watchedPath) : undefined;
}

/** Whether a folder lies on the way to the path: it may be where the path will appear. */
function isAbove(folder: string | undefined, path: string): boolean {
  return folder !== undefined && (folder === '/' || path.startsWith(`${folder}/`));
}
