import type { Allocation } from '../../allocation/allocation.ts';
import { findAllocation, withAllocation, withoutAllocation } from '../../allocation/attachments.ts';
import { type Choice, chooseAllocation } from '../../allocation/choose.ts';
import { repeatedAllocation } from '../../allocation/repeated.ts';
import { errorText, FlockError } from '../../errors.ts';
import { type NetworkAttachment, type PodRef, podId } from '../../model/attachment.ts';
import { parseAnnotations } from '../../pods/annotations.ts';
import { ipv6MtuFault } from '../../wiring/host/mtu.ts';
import { wiringOf } from '../../wiring/of-allocation.ts';
import { unwire, wire } from '../../wiring/wire.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { forgetUnfinishedAdd, noteUnfinishedAdd } from './unfinished-add.ts';

/** What a runtime asks for with ADD. */
export interface AddRequest extends NetworkAttachment {
  readonly pod: PodRef;
  readonly netns: string;
}

/**
 * ADD: allocate → store `pending` → wire → store `committed`. The same request again gives the same answer and repairs
 * what it finds broken. Whatever fails, nothing of a new attachment is left.
 *
 * The pending entry is on its way to the disk while the pod is wired. If a crash comes before it is there, the next
 * start finds an interface of ours that the file lacks and removes it, as it undoes a pending entry.
 * @returns the committed allocation.
 * @throws FlockError for the runtime.
 */
export async function addAttachment(ports: EnginePorts, state: EngineState, request: AddRequest): Promise<Allocation> {
  const known = findAllocation(ports.store.state, request);
  const { allocation, stored } =
    known === undefined ? await allocate(ports, state, request) : resume(ports, known, request);
  const wired = wire(ports.kernel, allocation.netns, wiringOf(allocation, state.config));
  const failure = (await Promise.allSettled([stored, wired])).find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) {
    if (allocation.state === 'pending') await takeBack(ports, state, allocation);
    throw failure.reason;
  }
  if (allocation.state === 'committed') {
    state.rewired.add(allocation.hostInterface);
    return allocation;
  }
  const committed: Allocation = { ...allocation, state: 'committed' };
  try {
    await ports.store.update((stored) => withAllocation(stored, committed));
  } catch (error) {
    await takeBack(ports, state, allocation);
    throw error;
  }
  forgetUnfinishedAdd(state, allocation);
  return committed;
}

/** An allocation, and when it is durable. */
interface Stored {
  readonly allocation: Allocation;
  readonly stored: Promise<void>;
}

/** An attachment that is in the file. */
function resume(ports: EnginePorts, known: Allocation, request: AddRequest): Stored {
  const allocation = repeatedAllocation(known, request);
  if (allocation === known) return { allocation, stored: Promise.resolve() };
  refuseWithoutSandbox(ports, request);
  return { allocation, stored: ports.store.update((state) => withAllocation(state, allocation)) };
}

async function allocate(ports: EnginePorts, state: EngineState, request: AddRequest): Promise<Stored> {
  refuseWithoutSandbox(ports, request);
  const pod = await ports.source.lookup(request.pod);
  const { value: wishes, warnings } = parseAnnotations(pod?.annotations ?? new Map());
  const { ownAddresses, mtu } = state.host;
  const facts = {
    ...{ attachment: request, pod, wishes, config: state.config, reserved: state.reserved.keys() },
    host: { ownAddresses, mtu: mtu.bytes, ipv6Fault: ipv6MtuFault(mtu) },
    ...{ now: ports.now(), random: ports.random },
  };
  let choice: Choice | undefined;
  // The choice is made inside the update, so that no two requests can see the same address free.
  const stored = ports.store.update((stored) => {
    choice = chooseAllocation(stored, facts);
    return choice.state;
  });
  for (const text of [...warnings.map(({ message }) => message), ...(choice?.warnings ?? [])]) {
    ports.log.warn({ pod: request.pod }, text);
  }
  // A choice that fails rejects `stored` and makes nothing.
  if (choice === undefined) {
    await stored;
    throw new FlockError('internal', 'defect in flockd: the allocation was stored without being made');
  }
  return { allocation: choice.allocation, stored };
}

/** Without a sandbox nothing is given out or moved: a wrong path must leave no trace in the file. */
function refuseWithoutSandbox({ kernel }: EnginePorts, { netns }: AddRequest): void {
  kernel.openNamespace(netns).close();
}

/**
 * Undoes an allocation whose ADD failed. The runtime gets the first error. What cannot be undone now stays `pending`, is
 * reported in `status`, and is undone by the next sweep that can, or the next start.
 */
async function takeBack(ports: EnginePorts, state: EngineState, allocation: Allocation): Promise<void> {
  try {
    await unwire(ports.kernel, allocation.hostInterface);
    // A first write that failed has left no entry.
    if (findAllocation(ports.store.state, allocation) !== undefined) {
      await ports.store.writeBehind((stored) => withoutAllocation(stored, allocation));
    }
    forgetUnfinishedAdd(state, allocation);
  } catch (error) {
    const { hostInterface, pod } = allocation;
    const message = `the failed ADD of ${podId(pod)} is not undone, ${hostInterface} and its addresses stay taken until it is: ${errorText(error)}`;
    ports.log.error({ err: error, containerId: allocation.containerId }, message);
    noteUnfinishedAdd(state, allocation, message);
  }
}
