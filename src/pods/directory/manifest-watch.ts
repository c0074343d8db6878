import { type PathWatch, watchPath } from '../../files/watch-path.ts';
import { isManifestName, type Listing, type ManifestFolder } from './manifest-folder.ts';

/**
 * How many milliseconds files are read in one turn of the event loop. After that the engine is notified of the changes,
 * and other pending work gets its turn.
 */
const TURN_MS = 10;

/** Longest wait of `readFresh` for files to be read, in milliseconds. Thousands take less than one second. */
const FRESH_DEADLINE_MS = 5_000;

/** Keeps a folder's records up to date with its contents. Events only say which files to check. */
export class ManifestWatch {
  readonly #path: string;
  readonly #folder: ManifestFolder;
  readonly #now: () => number;
  readonly #onChange: () => void;
  #watch: PathWatch | undefined;
  #fault: string | undefined;
  #stopped = false;
  #turn: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What to list in the next turn. */
  #listing: Listing | undefined;
  /** Called when nothing is left to read. */
  #waiting: (() => void)[] = [];

  /**
   * @param now milliseconds of a clock that is never set.
   * @param onChange called when what counts, the folder's state or `fault` has changed.
   */
  constructor(path: string, folder: ManifestFolder, now: () => number, onChange: () => void) {
    this.#path = path;
    this.#folder = folder;
    this.#now = now;
    this.#onChange = onChange;
  }

  /** Why changes may be noticed late, with the remedy; undefined: they are noticed at once. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Reads everything once, and every change from then on. */
  start(): void {
    let started = false;
    this.#watch = watchPath({
      path: this.#path,
      isEntry: isManifestName,
      onWake: (files) => {
        // While the folder itself is in doubt, single files prove nothing.
        if (files === undefined || this.#folder.state.kind !== 'listed') this.#listing = 'all';
        else for (const file of files) this.#folder.mark(file);
        this.#work();
      },
      onFault: (fault) => {
        this.#fault = fault;
        if (started) this.#onChange();
      },
    });
    this.#folder.list('all');
    started = true;
    this.#onChange();
    this.#plan();
  }

  /**
   * Reads what has changed until now, starting after this call: all events, all files whose names have appeared or
   * disappeared, and one file regardless of events, or all of them.
   */
  async readFresh(what: { readonly file: string | undefined } | 'all'): Promise<void> {
    if (what === 'all') this.#listing = 'all';
    else {
      this.#listing ??= 'names';
      if (what.file !== undefined) this.#folder.mark(what.file);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const deadline = setTimeout(resolve, FRESH_DEADLINE_MS);
    this.#plan();
    await promise;
    clearTimeout(deadline);
  }

  /** After this no callback is called. */
  stop(): void {
    this.#stopped = true;
    clearImmediate(this.#turn);
    clearTimeout(this.#timer);
    this.#watch?.close();
    for (const resolve of this.#waiting) resolve();
  }

  #work(): void {
    if (this.#stopped) return;
    const listing = this.#listing;
    this.#listing = undefined;
    const other = listing !== undefined && this.#folder.list(listing);
    const changed = this.#folder.work(TURN_MS);
    if (other || changed) this.#onChange();
    if (!this.#folder.isDue) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    }
    this.#plan();
  }

  /** Schedules `#work` for the next turn, or for when a file is due to be checked again. */
  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    if (this.#folder.isDue || this.#listing !== undefined) {
      this.#turn ??= setImmediate(() => {
        this.#turn = undefined;
        this.#work();
      });
      return;
    }
    const at = this.#folder.nextAt;
    if (at !== undefined) this.#timer = setTimeout(() => this.#work(), Math.max(1, Math.ceil(at - this.#now())));
  }
}
