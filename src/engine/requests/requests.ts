import type { Allocation } from '../../allocation/allocation.ts';
import { findAllocation } from '../../allocation/attachments.ts';
import { staleIn } from '../../allocation/networks.ts';
import { errorText, FlockError } from '../../errors.ts';
import { type AttachmentKey, attachmentId, type NetworkAttachment } from '../../model/attachment.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { Loop } from '../pass/loop.ts';
import type { Reconciler } from '../pass/pass.ts';
import { freeReserved } from '../start/reserved-addresses.ts';
import { sandboxStands } from '../start/sandboxes.ts';
import { type AddRequest, addAttachment } from './add.ts';
import { AttachmentLocks } from './attachment-locks.ts';
import { checkAttachment } from './check.ts';
import { deleteAttachment } from './delete.ts';
import { createSweep } from './sweep.ts';
import { forgetUnfinishedAdd } from './unfinished-add.ts';

/** How long a repeated ADD waits for the pass that compares its routes, in milliseconds. */
const REPAIR_TIMEOUT_MS = 5_000;

/** What runtimes ask for. Requests for one attachment run one after the other, others at the same time. */
export interface Requests {
  add(request: AddRequest): Promise<Allocation>;
  delete(key: NetworkAttachment): Promise<void>;
  /** @returns the allocation, when all is well. */
  check(key: NetworkAttachment, netns: string): Promise<Allocation>;
  /** Deletes every attachment of the network that is not in the list, see `staleIn`. */
  collect(network: string, valid: readonly AttachmentKey[]): Promise<void>;
  /** Releases what no request will come for, see `createSweep`. */
  sweep(): Promise<number>;
}

/** What requests work with. */
interface RequestSurroundings {
  readonly ports: EnginePorts;
  readonly state: EngineState;
  readonly loop: Loop;
  readonly reconciler: Reconciler;
  /** Whether the start has ended: before, every request is to come again later. */
  readonly isStarted: () => boolean;
  /** Called when attachments have come or gone. */
  readonly onWired: () => void;
  /** Called when a request has been carried out, with how long that took in milliseconds. */
  readonly onAdded: (allocation: Allocation, repeated: boolean, ms: number) => void;
  readonly onDeleted: (allocation: Allocation, ms: number) => void;
  /** Called when links have come or gone. */
  readonly onLinks: () => void;
}

export function createRequests(surroundings: RequestSurroundings): Requests {
  const { ports, state, loop, reconciler, onWired, onLinks } = surroundings;
  const locks = new AttachmentLocks();
  const isComplete = () => reconciler.complete;
  const sweep = createSweep({ ports, state, locks, isComplete, onReleased: onVanished });

  function onVanished(): void {
    onWired();
    loop.wake();
  }

  function refuseUnlessStarted(): void {
    if (!surroundings.isStarted()) throw new FlockError('tryAgainLater', 'flockd is starting; try again in a moment');
  }

  /** Before a pod gets the answer that no address is free, those of vanished pods are released. */
  async function addOrSweep(request: AddRequest): Promise<Allocation> {
    freeReserved(ports, state, state.host.links.values());
    try {
      return await addAttachment(ports, state, request);
    } catch (error) {
      const isExhausted = error instanceof FlockError && error.code === 'poolExhausted';
      if (!isExhausted || (await sweep()) === 0) throw error;
      return addAttachment(ports, state, request);
    }
  }

  async function remove(key: NetworkAttachment): Promise<void> {
    const begun = performance.now();
    const known = findAllocation(ports.store.state, key);
    await locks.run(attachmentId(key), () => deleteAttachment(ports, state, loop, key));
    forgetUnfinishedAdd(state, key);
    onWired();
    if (known !== undefined) surroundings.onDeleted(known, performance.now() - begun);
  }

  return {
    sweep,
    async add(request) {
      refuseUnlessStarted();
      const begun = performance.now();
      const repeated = findAllocation(ports.store.state, request) !== undefined;
      let allocation: Allocation;
      state.adding += 1;
      try {
        allocation = await locks.run(attachmentId(request), () => addOrSweep(request));
        onWired();
        surroundings.onAdded(allocation, repeated, performance.now() - begun);
      } finally {
        state.adding -= 1;
        onLinks();
      }
      if (repeated) await repairRoutes(surroundings);
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
    async collect(network, valid) {
      refuseUnlessStarted();
      const stands = ({ netns }: Allocation) => sandboxStands(ports.kernel, netns);
      const stale = staleIn(network, valid, ports.store.state.allocations, stands);
      await Promise.all(stale.map(remove));
    },
  };
}

/**
 * A repeated ADD answers for the routes to the pod's claims too: what removed part of its wiring may have removed them.
 */
async function repairRoutes({ ports, loop, reconciler }: RequestSurroundings): Promise<void> {
  reconciler.forgetRoutes();
  try {
    await loop.passed(REPAIR_TIMEOUT_MS);
  } catch (error) {
    const fields = { err: errorText(error) };
    ports.log.warn(fields, 'routes of a repeated ADD are not compared yet; the next pass does that');
  }
}
