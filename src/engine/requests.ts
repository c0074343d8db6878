import type { Allocation } from '../allocation/types.ts';
import { errorText, FlockError } from '../errors.ts';
import { type AttachmentKey, attachmentId } from '../model/attachment.ts';
import { type AddRequest, addAttachment } from './add.ts';
import { findAllocation } from './allocations.ts';
import { AttachmentLocks } from './attachment-locks.ts';
import { checkAttachment } from './check.ts';
import type { EnginePorts, EngineState } from './context.ts';
import { deleteAttachment } from './delete.ts';
import type { Loop } from './loop.ts';
import type { Reconciler } from './pass.ts';

/** How long a repeated ADD waits for the pass that compares its routes, in milliseconds. */
const REPAIR_PATIENCE_MS = 5_000;

/** What runtimes ask for. Requests for one attachment run one after the other, others at the same time. */
export interface Requests {
  add(request: AddRequest): Promise<Allocation>;
  delete(key: AttachmentKey): Promise<void>;
  /** @returns the allocation, when all is well. */
  check(key: AttachmentKey, netns: string): Promise<Allocation>;
  /** Deletes every attachment that is not in the list. */
  collect(valid: readonly AttachmentKey[]): Promise<void>;
}

/** What requests work with. */
export interface RequestSurroundings {
  readonly ports: EnginePorts;
  readonly state: EngineState;
  readonly loop: Loop;
  readonly reconciler: Reconciler;
  /** Whether the start has ended: before, every request is to come again later. */
  readonly isStarted: () => boolean;
  /** Called when attachments have come or gone. */
  readonly onWired: () => void;
  /** Called when links have come or gone. */
  readonly onLinks: () => void;
}

export function createRequests(surroundings: RequestSurroundings): Requests {
  const { ports, state, loop, reconciler, onWired, onLinks } = surroundings;
  const locks = new AttachmentLocks();

  function refuseUnlessStarted(): void {
    if (!surroundings.isStarted()) throw new FlockError('tryAgainLater', 'flockd is starting; try again in a moment');
  }

  /** A repeated ADD answers for the routes to the pod's claims too: whatever took part of its wiring may have taken them. */
  async function repairRoutes(): Promise<void> {
    reconciler.forgetRoutes();
    try {
      await loop.passed(REPAIR_PATIENCE_MS);
    } catch (error) {
      const fields = { err: errorText(error) };
      ports.log.warn(fields, 'routes of a repeated ADD are not compared yet; the next pass does that');
    }
  }

  async function remove(key: AttachmentKey): Promise<void> {
    await locks.run(attachmentId(key), () => deleteAttachment(ports, state, loop, key));
    onWired();
  }

  return {
    async add(request) {
      refuseUnlessStarted();
      const repeated = findAllocation(ports.store.state, request) !== undefined;
      let allocation: Allocation;
      state.adding += 1;
      try {
        allocation = await locks.run(attachmentId(request), () => addAttachment(ports, state, request));
        onWired();
      } finally {
        state.adding -= 1;
        onLinks();
      }
      if (repeated) await repairRoutes();
      return allocation;
    },
    async delete(key) {
      refuseUnlessStarted();
      await remove(key);
    },
    async check(key, netns) {
      refuseUnlessStarted();
      return locks.run(attachmentId(key), () => checkAttachment(ports, state, reconciler, key, netns));
    },
    async collect(valid) {
      refuseUnlessStarted();
      const keep = new Set(valid.map(attachmentId));
      const stale = ports.store.state.allocations.filter((allocation) => !keep.has(attachmentId(allocation)));
      await Promise.all(stale.map(remove));
    },
  };
}
