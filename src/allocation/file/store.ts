import { Retry } from '../../async/retry.ts';
import { errorText, FlockError } from '../../errors.ts';
import type { FileCalls } from '../../files/durable-file.ts';
import type { AllocationState } from '../allocation.ts';
import { assertEncodable, encodeAllocations } from './file-format.ts';
import { loadAllocations } from './load.ts';
import type { SetAside } from './set-aside.ts';
import { FileWriteError, writeAllocations } from './write-allocations.ts';

/** The allocations of this node, in memory and on disk. */
export interface AllocationStore {
  /** What holds now, with every change accepted so far, also those that are still on their way to the disk. */
  readonly state: AllocationState;
  /**
   * Changes the state at once, and resolves when the change is durable. Changes that come while a write runs share the
   * next write.
   * @param change from the state to the next one; it must replace allocations, never change them. Returning the same
   * state is no change.
   * @throws whatever `change` throws, with nothing changed; FlockError `internal` when the result could not be read
   * again; FlockError `stateUnwritable` when the disk refuses: then this change, and every one made on top of it, is
   * rolled back, and `state` is what the disk has.
   */
  update(change: (state: AllocationState) => AllocationState): Promise<void>;
  /**
   * Like `update`, for what has already happened and cannot be reverted, such as an interface that is gone. If the disk
   * refuses, the change still holds, and the file lacks it: writing it is retried with every update and every second.
   * After a crash before that, the file still has what is gone, which the next start finds out.
   * @param change may be called again, with another state.
   * @returns whether it is durable.
   */
  writeBehind(change: (state: AllocationState) => AllocationState): Promise<boolean>;
  /** Why the file differs from `state`: the disk's last refusal of what it lacks. Undefined when it lacks nothing. */
  readonly unwritten: string | undefined;
  /** Resolves when no change is being written, after a last attempt to write what the file lacks. */
  idle(): Promise<void>;
}

/** Milliseconds between two attempts to write what the file lacks. */
const RETRY_MS = 1_000;

interface StoreOptions {
  /** Name of this node. A file of another node is set aside. */
  readonly node: string;
  readonly now: () => Date;
  readonly calls?: FileCalls;
  /** Called when the disk begins to refuse what the file lacks, and with undefined once it is written. */
  readonly onUnwritten?: (refusal: string | undefined) => void;
}

/**
 * Reads the allocations file. A missing file is an empty state. One that cannot be used is kept under a new name, and
 * `setAside` says so: then nothing in the kernel may be deleted, and allocations are to be rebuilt from it. That stays
 * true over restarts until the first `update` has been written.
 * @throws FlockError `stateUnwritable` when the folder is missing or the file cannot be read or moved.
 */
export async function openAllocationStore(
  path: string,
  options: StoreOptions,
): Promise<{ store: AllocationStore; setAside: SetAside | undefined }> {
  const { state, setAside } = await loadAllocations(path, options.node, options.now);
  return { store: new FileStore(path, state, options), setAside };
}

type StateChange = (state: AllocationState) => AllocationState;

interface Waiter {
  /** Whether it has already happened, so that it holds when the disk refuses it; otherwise it is reverted. */
  readonly writeBehind: boolean;
  readonly change: StateChange;
  readonly resolve: (durable: boolean) => void;
  readonly reject: (error: unknown) => void;
}

class FileStore implements AllocationStore {
  readonly #path: string;
  readonly #calls: FileCalls | undefined;
  readonly #onUnwritten: (refusal: string | undefined) => void;
  /** What the disk has. */
  #durable: AllocationState;
  #current: AllocationState;
  #waiting: Waiter[] = [];
  #writing: Promise<void> | undefined;
  /** Changes that the disk has refused and that hold nevertheless, in order. */
  #behind: readonly StateChange[] = [];
  #refusal: string | undefined;
  readonly #retry = new Retry({ firstMs: RETRY_MS });

  constructor(path: string, loaded: AllocationState, { calls, onUnwritten = () => {} }: StoreOptions) {
    this.#path = path;
    this.#calls = calls;
    this.#onUnwritten = onUnwritten;
    this.#durable = loaded;
    this.#current = loaded;
  }

  get state(): AllocationState {
    return this.#current;
  }

  async update(change: StateChange): Promise<void> {
    await this.#accept(change, false);
  }

  writeBehind(change: StateChange): Promise<boolean> {
    return this.#accept(change, true);
  }

  get unwritten(): string | undefined {
    return this.#refusal;
  }

  async idle(): Promise<void> {
    if (this.#behind.length > 0) this.#write();
    await this.#writing;
  }

  #accept(change: StateChange, writeBehind: boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const next = change(this.#current);
      refuseUnreadable(next);
      this.#current = next;
      this.#waiting.push({ writeBehind, change, resolve, reject });
      this.#write();
    });
  }

  #write(): void {
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    this.#retry.cancel();
    // Changes made in the same turn of the event loop share the first write as well.
    await Promise.resolve();
    do {
      const batch = this.#waiting;
      const target = this.#current;
      this.#waiting = [];
      try {
        if (target !== this.#durable) await writeAllocations(this.#path, encodeAllocations(target), this.#calls);
        this.#durable = target;
        this.#settle();
        for (const { resolve } of batch) resolve(true);
      } catch (error) {
        this.#refuse(await this.#takeBack(error), batch);
      }
    } while (this.#waiting.length > 0);
    this.#writing = undefined;
  }

  /** Everything that the file lacked before this write is in the file. */
  #settle(): void {
    this.#behind = [];
    if (this.#refusal !== undefined) this.#onUnwritten(undefined);
    this.#refusal = undefined;
  }

  #refuse(failed: unknown, batch: readonly Waiter[]): void {
    // Changes made during the write were based on a state that no longer holds.
    const lost = [...batch, ...this.#waiting];
    this.#waiting = [];
    this.#behind = [...this.#behind, ...lost.filter(({ writeBehind }) => writeBehind).map(({ change }) => change)];
    this.#current = this.#behind.reduce((state, change) => change(state), this.#durable);
    if (this.#behind.length > 0) {
      this.#retry.later(() => this.#write());
      const isNews = this.#refusal === undefined;
      this.#refusal = errorText(failed);
      if (isNews) this.#onUnwritten(this.#refusal);
    }
    for (const { writeBehind, resolve, reject } of lost) {
      if (writeBehind) resolve(false);
      else reject(failed);
    }
  }

  /** Where the new text is in place but not durable, puts the old one back. */
  async #takeBack(error: unknown): Promise<unknown> {
    if (!(error instanceof FileWriteError) || !error.replaced) return error;
    try {
      await writeAllocations(this.#path, encodeAllocations(this.#durable), this.#calls);
      return error;
    } catch (second) {
      const message = `${error.message}; restoring the old text failed too: ${errorText(second)}`;
      return new FlockError('stateUnwritable', message, { cause: new AggregateError([error, second]) });
    }
  }
}

/** @throws FlockError `internal` for a state that could not be read again. */
function refuseUnreadable(state: AllocationState): void {
  try {
    assertEncodable(state);
  } catch (error) {
    const message = `defect in flockd: the allocations file would be unreadable: ${errorText(error)}`;
    throw new FlockError('internal', message, { cause: error });
  }
}
