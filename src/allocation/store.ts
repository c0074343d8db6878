import { errorText, FlockError } from '../errors.ts';
import { type FileCalls, FileWriteError, replaceFile } from './durable-file.ts';
import { assertEncodable, encodeAllocations } from './file-format.ts';
import { loadAllocations } from './load.ts';
import type { SetAside } from './set-aside.ts';
import type { AllocationState } from './types.ts';

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
  /** Resolves when no change is on its way to the disk. */
  idle(): Promise<void>;
}

export interface StoreOptions {
  /** Name of this node. A file of another node is set aside. */
  readonly node: string;
  readonly now: () => Date;
  readonly calls?: FileCalls;
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
  return { store: createStore(path, state, options.calls), setAside };
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function createStore(path: string, loaded: AllocationState, calls: FileCalls | undefined): AllocationStore {
  let durable = loaded;
  let current = loaded;
  let waiting: Waiter[] = [];
  let writing: Promise<void> | undefined;

  async function drain(): Promise<void> {
    // Changes made in the same turn of the event loop share the first write too.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting;
      const target = current;
      waiting = [];
      try {
        if (target !== durable) await replaceFile(path, encodeAllocations(target), calls);
        durable = target;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const failed = await takeBack(error);
        // Whoever came during the write has built on what is not there now.
        const lost = [...batch, ...waiting];
        waiting = [];
        current = durable;
        for (const { reject } of lost) reject(failed);
      }
    }
    writing = undefined;
  }

  /** Where the new text is in place but not durable, puts the old one back. */
  async function takeBack(error: unknown): Promise<unknown> {
    if (!(error instanceof FileWriteError) || !error.replaced) return error;
    try {
      await replaceFile(path, encodeAllocations(durable), calls);
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

  return {
    get state() {
      return current;
    },
    update(change) {
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
        waiting.push({ resolve, reject });
        writing ??= drain();
      });
    },
    async idle() {
      await writing;
    },
  };
}
