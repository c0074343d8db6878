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
  /** The current state, with every change accepted so far, including those still being written to disk. */
  readonly state: AllocationState;
  /**
   * Changes the state at once, and resolves when the change is durable. Changes that arrive during a write share the
   * next one.
   * @param change maps the state to the next one; it must replace allocations, never mutate them. Returning the same
   * state means no change.
   * @throws whatever `change` throws, with nothing changed; FlockError `internal` when the result could not be read
   * again; FlockError `stateUnwritable` when the disk refuses: then this change, and every one made on top of it, is
   * reverted, and `state` is what the disk has.
   */
  update(change: (state: AllocationState) => AllocationState): Promise<void>;
  /**
   * Like `update`, for what has already happened and cannot be reverted, such as an interface that is gone. If the disk
   * refuses, the change still holds, and the file lacks it: writing it is retried with every update and every second.
   * After a crash before that, the file still has what is gone, which the next start finds out.
   * @param change may be called again, with another state.
   * @returns whether it is durable.
   */
  record(change: (state: AllocationState) => AllocationState): Promise<boolean>;
  /** Why the file differs from `state`: the disk's last refusal of what it lacks. Undefined when it lacks nothing. */
  readonly unwritten: string | undefined;
  /** Resolves when no change is being written, after a last attempt to write what the file lacks. */
  idle(): Promise<void>;
}

/** Milliseconds between two attempts to write what the file lacks. */
const RETRY_MS = 1_000;

export interface StoreOptions {
  /** Name of this node. A file of another node is set aside. */
  readonly node: string;
  readonly now: () => Date;
  readonly calls?: FileCalls;
  /** Called when the disk begins to refuse what the file lacks, and with undefined once it is written. */
  readonly onUnwritten?: (refusal: string | undefined) => void;
}

/**
 * Reads the allocations file. A missing file is an empty state. An unusable one is kept under a new name, and
 * `setAside` says so: then nothing in the kernel may be deleted, and allocations are to be rebuilt from the kernel.
 * That remains true across restarts until the first `update` has been written.
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
  /** Whether it has already happened, so that it holds when the disk refuses it; otherwise it is reverted. */
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
    // Changes made in the same turn of the event loop share the first write as well.
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
    // Changes made during the write were based on a state that no longer holds.
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

  /** If the new text is in place but not durable, restores the old one. */
  async function takeBack(error: unknown): Promise<unknown> {
    if (!(error instanceof FileWriteError) || !error.replaced) return error;
    try {
      await writeAllocations(path, encodeAllocations(durable), calls);
      return error;
    } catch (second) {
      return new FlockError(
        'stateUnwritable',
        `${error.message}; restoring the old text failed too: ${errorText(second)}`,
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
