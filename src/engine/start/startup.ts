import type { Allocation } from '../../allocation/allocation.ts';
import type { SetAside } from '../../allocation/file/set-aside.ts';
import { vanishedAmong } from '../../allocation/vanished.ts';
import { errorText } from '../../errors.ts';
import type { Link } from '../../kernel/ports.ts';
import { type Address, parseAddress } from '../../model/address.ts';
import { isHostInterfaceName } from '../../model/names.ts';
import { unwire } from '../../wiring/wire.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { rebuildAllocations } from './rebuild.ts';
import { sandboxStands } from './sandboxes.ts';

/** What the start found and did. */
interface StartupReport {
  /** Container ids whose half-made attachment was undone. */
  readonly undone: readonly string[];
  /** Host interfaces of ours that no allocation knew. */
  readonly removed: readonly string[];
  /** Container ids whose interface and sandbox are both gone, as after a reboot of the host. */
  readonly released: readonly string[];
  /** Container ids whose allocation was rebuilt from the kernel. */
  readonly rebuilt: readonly string[];
}

/**
 * Brings file and kernel together before anything else happens. Pending entries are undone: no runtime was notified of
 * them. Interfaces of ours that the file lacks are removed, except where the file had to be set aside: then they are
 * all there is, and the allocations are rebuilt from them. A disk that cannot be written does not keep flockd from
 * starting: the file gets it as soon as it can be written.
 */
export async function reconcileAtStart(
  ports: EnginePorts,
  state: EngineState,
  setAside: SetAside | undefined,
): Promise<StartupReport> {
  if (setAside !== undefined) {
    ports.log.error({ kept: setAside.path }, setAside.message);
    state.problems.of('allocationsFile').set('allocationsSetAside', setAside.message);
    const { allocations, reserved } = await rebuildAllocations(ports, state);
    for (const [address, linkIndex] of reserved) state.reserved.set(address, linkIndex);
    const routerId = await rebuildRouterId(ports);
    await ports.store.writeBehind((stored) => ({ ...stored, routerId: stored.routerId ?? routerId, allocations }));
    return { undone: [], removed: [], released: [], rebuilt: allocations.map((allocation) => allocation.containerId) };
  }
  const pending = ports.store.state.allocations.filter((allocation) => allocation.state === 'pending');
  const undone = await unwireEach(ports, state, pending, ({ hostInterface }) => hostInterface);
  if (undone.length > 0) {
    const keep = (allocation: Allocation) => !undone.includes(allocation);
    await ports.store.writeBehind((stored) => ({ ...stored, allocations: stored.allocations.filter(keep) }));
  }
  const links = await ports.kernel.host.links();
  const released = await releaseVanished(ports, links);
  state.released += released.length;
  const known = new Set(ports.store.state.allocations.map((allocation) => allocation.hostInterface));
  const unknown = links
    .filter(({ name, kind }) => isHostInterfaceName(name) && kind === 'veth' && !known.has(name))
    .map(({ name }) => name);
  const removed = await unwireEach(ports, state, unknown, (name) => name);
  return { undone: undone.map((allocation) => allocation.containerId), removed, released, rebuilt: [] };
}

async function releaseVanished({ kernel, store }: EnginePorts, links: readonly Link[]): Promise<string[]> {
  const gone = vanishedAmong(store.state.allocations, links, ({ netns }) => sandboxStands(kernel, netns));
  if (gone.length > 0) {
    await store.writeBehind((stored) => ({
      ...stored,
      allocations: stored.allocations.filter((allocation) => !gone.includes(allocation)),
    }));
  }
  return gone.map((allocation) => allocation.containerId);
}

/**
 * Removes veths. One that the kernel keeps is a problem in `status`, not a reason to serve no pod at all.
 * @returns those that are gone.
 */
async function unwireEach<T>(
  { kernel, log }: EnginePorts,
  state: EngineState,
  items: readonly T[],
  nameOf: (item: T) => string,
): Promise<T[]> {
  const outcomes = await Promise.allSettled(items.map((item) => unwire(kernel, nameOf(item))));
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => errorText(reason));
  for (const message of failures) log.error({}, message);
  if (failures.length > 0) {
    const problems = state.problems.of('leftovers');
    const before = problems.get();
    const message = [...(before === undefined ? [] : [before.message]), ...failures].join('; ');
    problems.set('wiringFailed', message);
  }
  return items.filter((_item, at) => outcomes[at]?.status === 'fulfilled');
}

/** The router id that BIRD runs with: another one would reset the sessions. Undefined where no BIRD says. */
async function rebuildRouterId({ control, log }: EnginePorts): Promise<Address | undefined> {
  try {
    return parseAddress((await control.showStatus()).routerId ?? '');
  } catch (error) {
    log.warn({ err: errorText(error) }, 'BIRD cannot be asked for the router id that it runs with');
    return undefined;
  }
}
