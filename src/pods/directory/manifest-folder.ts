import { join } from 'node:path';
import { type FolderState, nextFolderState, sameFolderState, UNREAD } from '../../files/folder-state.ts';
import { readFolder } from '../../files/read-folder.ts';
import { readText, type TextReading } from '../../files/read-text.ts';
import { SETTLE_MS } from '../../files/settling.ts';
import { type FileStatus, isSameStatus, statusOf, trustMs } from './file-stamp.ts';
import type { Manifest } from './manifest.ts';
import { ManifestArrivals } from './manifest-arrivals.ts';
import { acceptPod, latestManifest, type ManifestRecord, nextRecord } from './manifest-record.ts';

/** Size above which a manifest file is refused. etcd accepts no object above 1.5 MiB. */
const MAX_FILE_BYTES = 1_572_864;

/** Whether a file of the folder is a manifest: one that the shell would match with `*.yaml`, `*.yml` and `*.json`. */
export function isManifestName(name: string): boolean {
  return /^[^.].*\.(?:yaml|yml|json)$/.test(name);
}

/** A file as it was when read. Times in milliseconds of a monotonic clock. */
interface Known {
  readonly record: ManifestRecord;
  readonly status: FileStatus;
  /** When the file was seen like this first, and when it was read. */
  readonly since: number;
  readonly readAt: number;
}

/** What to list: all files, or only those whose names have appeared or disappeared. */
export type Listing = 'all' | 'names';

/**
 * The contents of a folder of manifests, as far as read. Listing and marking only determine which files to read; `work`
 * reads them.
 */
export class ManifestFolder {
  readonly #path: string;
  readonly #now: () => number;
  readonly #trustedUids: readonly number[];
  readonly #files = new Map<string, Known>();
  /** The names of the files, sorted; undefined after one has appeared or disappeared. */
  #order: readonly string[] | undefined;
  /** Files to check, the most recent last. */
  readonly #due = new Set<string>();
  /** Files to check again, and when. */
  readonly #later = new Map<string, number>();
  readonly #arrivals = new ManifestArrivals();
  #state: FolderState = UNREAD;
  /** Since when this folder has been the one at the path. */
  #seenFrom = 0;
  /** Files may still be arriving in it until then. */
  #quietFrom = 0;

  /**
   * @param now milliseconds of a monotonic clock.
   * @param trustedUids users whose files may name commands for the host.
   */
  constructor(path: string, now: () => number, trustedUids: readonly number[]) {
    this.#path = path;
    this.#now = now;
    this.#trustedUids = trustedUids;
  }

  get state(): FolderState {
    return this.#state;
  }

  /** Sorted by name of file. */
  get records(): readonly ManifestRecord[] {
    this.#order ??= [...this.#files.keys()].sort();
    return this.#order.flatMap((file) => this.#files.get(file)?.record ?? []);
  }

  /** Whether `work` has something to do now. */
  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /** When to call `work` even without an event; undefined: never. */
  get nextAt(): number | undefined {
    if (this.#later.size === 0 || this.#state.kind !== 'listed') return undefined;
    return Math.min(...this.#later.values());
  }

  /** Something has happened to a file. */
  mark(file: string): void {
    // The latest change is read first: it may be a withdrawal queued after thousands of changes without effect.
    this.#due.delete(file);
    this.#due.add(file);
  }

  /** Marks what may have changed. @returns whether the folder's state has changed. */
  list(what: Listing): boolean {
    const before = this.#state;
    const names = this.#names();
    if (names === undefined) return !sameFolderState(before, this.#state);
    const first = !before.known;
    if (!first && (before.kind !== 'listed' || before.identity !== this.#state.identity)) {
      this.#seenFrom = this.#now();
      this.#quietFrom = this.#seenFrom + SETTLE_MS;
    }
    for (const name of names) {
      const known = this.#files.get(name);
      const comes = known === undefined || known.status.kind === 'missing';
      if (comes && !first) this.#quietFrom = this.#now() + SETTLE_MS;
      if (known === undefined || (what === 'all' && this.#mayDiffer(name, known))) this.mark(name);
    }
    for (const file of this.#files.keys()) if (!names.has(file)) this.mark(file);
    if (first) this.work(Number.POSITIVE_INFINITY, true);
    return !sameFolderState(before, this.#state);
  }

  /**
   * Reads what is marked and may differ, and what is due to be checked again, for at most that many milliseconds.
   * @returns whether what counts has changed.
   */
  work(forMs: number, first = false): boolean {
    const began = this.#now();
    const again = [...this.#later].filter(([, at]) => at <= began).map(([file]) => file);
    for (const file of again) this.mark(file);
    // Before a file counts as gone, the folder must be there without it.
    const gone = again.some((file) => this.#files.get(file)?.status.kind === 'missing');
    let changed = gone && this.list('names');
    if (this.#state.kind !== 'listed') this.#due.clear();
    for (const file of [...this.#due].reverse()) {
      this.#due.delete(file);
      if (this.#examine(file, first)) changed = true;
      if (this.#now() - began >= forMs) break;
    }
    return changed;
  }

  /** A pod as last read, even if that does not count yet; undefined: only what counts is known. */
  latest(id: string): { readonly file: string; readonly manifest: Manifest } | undefined {
    for (const record of this.records) {
      const manifest = record.doubt && latestManifest(record, id);
      if (manifest !== undefined) return { file: record.file, manifest };
    }
    return undefined;
  }

  /** Makes a pod count as last read. @returns whether that changes anything. */
  accept(file: string, id: string): boolean {
    const known = this.#files.get(file);
    const record = known && acceptPod(known.record, id);
    if (known === undefined || record === undefined || record === known.record) return false;
    this.#files.set(file, { ...known, record });
    return true;
  }

  /** The names of the manifests; undefined while the earlier readings are kept. */
  #names(): ReadonlySet<string> | undefined {
    const { reading, names } = readFolder(this.#path, isManifestName);
    this.#state = nextFolderState(this.#state, reading, this.#files.size);
    return this.#state.kind === 'listed' ? names : undefined;
  }

  #mayDiffer(file: string, known: Known): boolean {
    return known.record.doubt !== undefined || !isTrusted(known) || !isSameStatus(known.status, this.#statusOf(file));
  }

  #statusOf(file: string): FileStatus {
    const status = statusOf(join(this.#path, file));
    // Node puts U+FFFD where a name is not UTF-8, and such a name leads nowhere.
    if (status.kind !== 'missing' || !file.includes('\uFFFD') || this.#names()?.has(file) !== true) return status;
    return { kind: 'unreadable', message: 'its name is not UTF-8; rename it' };
  }

  #examine(file: string, first: boolean): boolean {
    const previous = this.#files.get(file);
    const status = this.#statusOf(file);
    const now = this.#now();
    const same = previous !== undefined && isSameStatus(previous.status, status);
    this.#later.delete(file);
    if (same && previous.record.doubt === undefined && isTrusted(previous)) return false;
    const reading = this.#read(file, status);
    const comes = status.kind !== 'missing' && (previous === undefined || previous.status.kind === 'missing');
    if (comes && now < this.#quietFrom) this.#quietFrom = now + SETTLE_MS;
    const goneFrom = status.kind === 'missing' ? this.#quietFrom : 0;
    const moved = previous && this.#arrivals.goneFrom(previous.record, now);
    const record = nextRecord(previous?.record, {
      ...{ file, reading, now, trustedUids: this.#trustedUids, first },
      ...{ goneFrom: Math.max(goneFrom, moved ?? 0), seenFrom: this.#seenFrom },
    });
    this.#arrivals.note(file, record);
    if ((record === undefined) !== (previous === undefined)) this.#order = undefined;
    if (record === undefined) {
      this.#files.delete(file);
    } else {
      const since = same ? previous.since : now;
      this.#files.set(file, { record, status, since, readAt: now });
      const again = record.doubt?.until ?? (now - since < trustMs(status) ? since + trustMs(status) : undefined);
      if (again !== undefined) this.#later.set(file, again);
    }
    return record?.manifests !== previous?.record.manifests || record?.problems !== previous?.record.problems;
  }

  #read(file: string, status: FileStatus): TextReading {
    if (status.kind !== 'file') return status;
    if (status.stats.size > MAX_FILE_BYTES) {
      return { kind: 'unreadable', message: `it is larger than ${MAX_FILE_BYTES} bytes` };
    }
    return readText(join(this.#path, file), MAX_FILE_BYTES);
  }
}

/** Whether a file that shows as it did when it was read has the text that was read. */
function isTrusted({ status, since, readAt }: Known): boolean {
  return readAt - since >= trustMs(status);
}
