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
   * taken back, and `state` is what the disk has.
   */
  update(change: (state: AllocationState) => AllocationState): Promise<void>;
  /**
   * As `update`, for what has happened already and no disk can take back, such as an interface that is gone. Where the
   * disk refuses, the change holds all the same, and the file lacks it: it is tried again with every update and every
   * second. A crash before that leaves the file with what is gone, which the next start finds out.
   * @param change may be called again, on another state.
   * @returns whether it is durable.
   */
  record(change: (state: AllocationState) => AllocationState): Promise<boolean>;
  /** Why the file is not what `state` says: the disk's last refusal of what it lacks. Undefined when it lacks nothing. */
  readonly unwritten: string | undefined;
  /** Resolves when no change is on its way to the disk, after a last try to write what the file lacks. */
  idle(): Promise<void>;
}

/** Between two tries to write what the file lacks, in milliseconds. */
const RETRY_MS = 1_000;

export interface StoreOptions {
  /** Name of this node. A file of another node is set aside. */
  readonly node: string;
  readonly now: () => Date;
  readonly calls?: FileCalls;
  /** Called when the disk begins to refuse what the file lacks, and with undefined when the file has it. */
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
  return { store: createStore(path, state, options), setAside };
}

type StateChange = (state: AllocationState) => AllocationState;

interface Waiter {
  /** Whether it has happened already, so that it holds when the disk refuses it; else it is taken back. */
  readonly hasHappened: boolean;
  readonly change: StateChange;
  readonly resolve: (durable: boolean) => void;
  readonly reject: (error: unknown) => void;
}

function createStore(path: string, loaded: AllocationState, options: StoreOptions): AllocationStore {
  const { calls, onUnwritten = () => {} } = options;
  let durable = loaded;
  let current = loaded;
  let waiting: Waiter[] = [];
  let writing: Promise<void> | undefined;
  let unwritten: readonly StateChange[] = [];
  let refusal: string | undefined;
  const retry = new Retry({ firstMs: RETRY_MS });

  async function drain(): Promise<void> {
    retry.cancel();
    // Changes made in the same turn of the event loop share the first write too.
    await Promise.resolve();
    do {
      const batch = waiting;
      const target = current;
      waiting = [];
      try {
        if (target !== durable) await writeAllocations(path, encodeAllocations(target), calls);
        durable = target;
        settle();
        for (const { resolve } of batch) resolve(true);
      } catch (error) {
        refuse(await takeBack(error), batch);
      }
    } while (waiting.length > 0);
    writing = undefined;
  }

  /** Everything that the file lacked before this write is in the file. */
  function settle(): void {
    unwritten = [];
    if (refusal !== undefined) onUnwritten(undefined);
    refusal = undefined;
  }

  function refuse(failed: unknown, batch: readonly Waiter[]): void {
    // Whoever came during the write has built on what is not there now.
    const lost = [...batch, ...waiting];
    waiting = [];
    unwritten = [...unwritten, ...lost.filter(({ hasHappened }) => hasHappened).map(({ change }) => change)];
    current = unwritten.reduce((state, change) => change(state), durable);
    if (unwritten.length > 0) {
      retry.later(write);
      const isNews = refusal === undefined;
      refusal = errorText(failed);
      if (isNews) onUnwritten(refusal);
    }
    for (const { hasHappened, resolve, reject } of lost) {
      if (hasHappened) resolve(false);
      else reject(failed);
    }
  }

  function write(): void {
    writing ??= drain();
  }

  /** Where the new text is in place but not durable, puts the old one back. */
  async function takeBack(error: unknown): Promise<unknown> {
    if (!(error instanceof FileWriteError) || !error.replaced) return error;
    try {
      await writeAllocations(path, encodeAllocations(durable), calls);
      return error;
    } catch (second) {
      return new FlockError(
        'stateUnwritable',
        `${error.message}; putting the old text back failed too: ${errorText(second)}`,
        {
          cause: new AggregateError([error, second]),
        },
      );
    }
  }

  function accept(change: StateChange, hasHappened: boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const next = change(current);
      try {
        assertEncodable(next);
      } catch (error) {
        throw new FlockError(
          'internal',
          `defect in flockd: the allocations file would be unreadable: ${errorText(error)}`,
          {
            cause: error,
          },
        );
      }
      current = next;
      waiting.push({ hasHappened, change, resolve, reject });
      write();
    });
  }

  return {
    get state() {
      return current;
    },
    async update(change) {
      await accept(change, false);
    },
    record: (change) => accept(change, true),
    get unwritten() {
      return refusal;
    },
    async idle() {
      if (unwritten.length > 0) write();
      await writing;
    },
  };
}
