import type { Allocation } from '../../allocation/allocation.ts';
import { withoutAllocation } from '../../allocation/attachments.ts';
import { vanishedAmong } from '../../allocation/vanished.ts';
import { errorText } from '../../errors.ts';
import { attachmentId } from '../../model/attachment.ts';
import { unwire } from '../../wiring/wire.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { freeReserved } from '../start/reserved-addresses.ts';
import { sandboxStands } from '../start/sandboxes.ts';
import type { AttachmentLocks } from './attachment-locks.ts';
import { forgetUnfinishedAdd } from './unfinished-add.ts';

/** What a sweep works with. */
interface SweepSurroundings {
  readonly ports: EnginePorts;
  readonly state: EngineState;
  /** An attachment that a request is busy with is left alone. */
  readonly locks: AttachmentLocks;
  /** Whether the desired state is complete: before, nothing is released. */
  readonly isComplete: () => boolean;
  /** Called when attachments were released. */
  readonly onReleased: () => void;
}

/**
 * Makes the function that releases what no request will come for: attachments of which nothing is left, what a failed
 * ADD could not undo, and addresses reserved for interfaces that are gone. Calls that come while one runs share it.
 * @returns how many attachments were released; it never rejects, since what fails is tried again by the next sweep.
 */
export function createSweep(surroundings: SweepSurroundings): () => Promise<number> {
  const { ports, state, locks, isComplete, onReleased } = surroundings;
  let running: Promise<number> | undefined;

  const isFree = (allocation: Allocation) => !locks.isBusy(attachmentId(allocation));

  async function releaseVanished(): Promise<number> {
    const links = await ports.kernel.host.links();
    freeReserved(ports, state, links);
    // From here to the change of the state there is no await, so no request can begin in between.
    const candidates = ports.store.state.allocations.filter((one) => one.state === 'committed' && isFree(one));
    const gone = vanishedAmong(candidates, links, ({ netns }) => sandboxStands(ports.kernel, netns));
    if (gone.length === 0) return 0;
    await ports.store.update((stored) => ({
      ...stored,
      allocations: stored.allocations.filter((allocation) => !gone.includes(allocation)),
    }));
    state.released += gone.length;
    const attachments = gone.map(attachmentId);
    ports.log.info({ attachments }, 'released: neither the interface nor the sandbox of these attachments is left');
    return gone.length;
  }

  /** A pending entry that no request is busy with is what an ADD left that failed, and could not undo. */
  async function undoPending(): Promise<number> {
    const left = ports.store.state.allocations.filter((one) => one.state === 'pending' && isFree(one));
    const outcomes = await Promise.all(
      left.map((allocation) => locks.run(attachmentId(allocation), () => undoOne(allocation))),
    );
    return outcomes.filter((undone) => undone).length;
  }

  async function undoOne(allocation: Allocation): Promise<boolean> {
    if (!ports.store.state.allocations.includes(allocation)) return false;
    await unwire(ports.kernel, allocation.hostInterface);
    await ports.store.update((stored) => withoutAllocation(stored, allocation));
    forgetUnfinishedAdd(state, allocation);
    ports.log.info({ attachment: attachmentId(allocation) }, 'a failed ADD is undone');
    return true;
  }

  async function run(): Promise<number> {
    let released = 0;
    for (const step of [releaseVanished, undoPending]) {
      try {
        released += await step();
      } catch (error) {
        ports.log.warn({ err: error }, `not everything that is left could be released: ${errorText(error)}`);
      }
    }
    if (released > 0) onReleased();
    return released;
  }

  return async () => {
    if (!isComplete()) return 0;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}
