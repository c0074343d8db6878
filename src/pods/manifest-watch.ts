import { type PathWatch, watchPath } from '../files/watch-path.ts';
import { isManifestName, type ManifestFolder } from './manifest-folder.ts';
import { SETTLE_MS } from './manifest-record.ts';

/** Keeps a folder's records up to date with what is in it. */
export class ManifestWatch {
  readonly #path: string;
  readonly #folder: ManifestFolder;
  readonly #onChange: () => void;
  #watch: PathWatch | undefined;
  #error: Error | undefined;
  #stopped = false;
  /** Files to look at in the next turn of the event loop; undefined among them: everything. */
  #due = new Set<string | undefined>();
  #turn: NodeJS.Immediate | undefined;
  /** Files to look at once more, and when, by the clock of `performance`. */
  readonly #again = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  /** A reading of everything that has not begun yet; whoever asks before it begins shares it. */
  #fresh: Promise<void> | undefined;

  /** @param onChange the records, the folder's state or `error` are different now. */
  constructor(path: string, folder: ManifestFolder, onChange: () => void) {
    this.#path = path;
    this.#folder = folder;
    this.#onChange = onChange;
  }

  /** Why changes may be seen late; undefined: they are seen at once. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Resolves when everything has been read once. */
  async start(): Promise<void> {
    this.#watch = watchPath({
      path: this.#path,
      onWake: (entry) => this.#wake(entry),
      onError: (error) => {
        this.#error = error;
        this.#onChange();
      },
    });
    await this.#watch.ready;
    this.#look(() => {
      this.#folder.scan();
      return true;
    });
  }

  /** Looks at everything, beginning after this call. */
  async readFresh(): Promise<void> {
    this.#fresh ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#fresh = undefined;
        this.#look(() => this.#folder.scan());
        resolve();
      });
    });
    await this.#fresh;
  }

  /** After this nothing is called any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearImmediate(this.#turn);
    for (const { timer } of this.#again.values()) clearTimeout(timer);
    await this.#watch?.close();
  }

  #wake(entry: string | undefined): void {
    // Kubernetes replaces the link `..data` when it updates a mounted ConfigMap: all files have changed.
    const everything = entry === undefined || entry.startsWith('..');
    if (!everything && !isManifestName(entry)) return;
    this.#due.add(everything ? undefined : entry);
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      const due = this.#due;
      this.#due = new Set();
      this.#look(() => (due.has(undefined) ? this.#folder.scan() : this.#refresh(due)));
      // The event may have come before the writing ended, and the next one may be lost.
      for (const file of due) if (file !== undefined) this.#lookAgain(file, SETTLE_MS.content);
    });
  }

  #refresh(files: Iterable<string | undefined>): boolean {
    let changed = false;
    for (const file of files) if (file !== undefined && this.#folder.refresh(file)) changed = true;
    return changed;
  }

  #look(look: () => boolean): void {
    if (this.#stopped) return;
    const changed = look();
    for (const { file, what } of this.#folder.unsettled()) this.#lookAgain(file, SETTLE_MS[what]);
    if (changed) this.#onChange();
  }

  /** Looks at a file once more after a while, in milliseconds, or earlier where that is planned already. */
  #lookAgain(file: string, delay: number): void {
    const at = performance.now() + delay;
    const planned = this.#again.get(file);
    if (this.#stopped || (planned !== undefined && planned.at <= at)) return;
    clearTimeout(planned?.timer);
    const timer = setTimeout(() => {
      this.#again.delete(file);
      this.#look(() => this.#refresh([file]));
    }, delay);
    this.#again.set(file, { at, timer });
  }
}
