import { type PathWatch, watchPath } from '../../files/watch-path.ts';
import { isManifestName, type Listing, type ManifestFolder } from './manifest-folder.ts';

/**
 * How long files are read in one turn of the event loop, in milliseconds. After that the engine hears of what has
 * changed, and whatever else waits has its turn.
 */
const TURN_MS = 10;

/** Longest wait of `readFresh` for files to be read, in milliseconds. Thousands take less than one second. */
const FRESH_DEADLINE_MS = 5_000;

/** Keeps a folder's records up to date with what is in it. Events say which files to look at; nothing else. */
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
  /** Called when nothing is left to be read. */
  #waiting: (() => void)[] = [];

  /**
   * @param now milliseconds of a clock that is never set.
   * @param onChange what counts, the folder's state or `fault` are different now.
   */
  constructor(path: string, folder: ManifestFolder, now: () => number, onChange: () => void) {
    this.#path = path;
    this.#folder = folder;
    this.#now = now;
    this.#onChange = onChange;
  }

  /** Why changes may be seen late, with the remedy; undefined: they are seen at once. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Reads everything once, and whatever changes from then on. */
  start(): void {
    let started = false;
    this.#watch = watchPath({
      path: this.#path,
      isEntry: isManifestName,
      onWake: (files) => {
        // While the folder itself is in doubt, single files say nothing.
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
   * Reads what has changed until now, beginning after this call: all events, all files whose names have come or gone,
   * and one file whatever the events say, or all of them.
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

  /** After this nothing is called any more. */
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

  /** Has `#work` called in the next turn, or when a file is to be looked at again. */
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
