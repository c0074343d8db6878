import type { SetAside } from '../allocation/set-aside.ts';
import type { Allocation } from '../allocation/types.ts';
import { isHostInterfaceName } from '../model/names.ts';
import { unwire } from '../wiring/apply.ts';
import type { EnginePorts, EngineState } from './context.ts';
import { rebuildAllocations } from './rebuild.ts';

/** What the start found and did. */
export interface StartupReport {
  /** Container ids whose half-made attachment was undone. */
  readonly undone: readonly string[];
  /** Host interfaces of ours that no allocation knew. */
  readonly removed: readonly string[];
  /** Container ids whose allocation was rebuilt from the kernel. */
  readonly rebuilt: readonly string[];
}

/**
 * Brings file and kernel together before anything else happens. Pending entries are undone: no runtime was told of
 * them. Interfaces of ours that the file lacks are removed, except where the file had to be set aside: then they are
 * all there is, and the allocations are rebuilt from them.
 */
export async function reconcileAtStart(
  ports: EnginePorts,
  state: EngineState,
  setAside: SetAside | undefined,
): Promise<StartupReport> {
  if (setAside !== undefined) {
    ports.log.error({ kept: setAside.path }, setAside.message);
    state.problems.set('allocations', { code: 'allocationsSetAside', message: setAside.message });
    const rebuilt = await rebuildAllocations(ports, state);
    await ports.store.update((stored) => ({ ...stored, allocations: rebuilt }));
    return { undone: [], removed: [], rebuilt: rebuilt.map((allocation) => allocation.containerId) };
  }
  const pending = ports.store.state.allocations.filter((allocation) => allocation.state === 'pending');
  for (const allocation of pending) await unwire(ports.kernel, allocation.hostInterface);
  if (pending.length > 0)
    await ports.store.update((stored) => ({ ...stored, allocations: committed(stored.allocations) }));
  const removed: string[] = [];
  const known = new Set(ports.store.state.allocations.map((allocation) => allocation.hostInterface));
  for (const { name, kind } of await ports.kernel.host.links()) {
    if (!isHostInterfaceName(name) || kind !== 'veth' || known.has(name)) continue;
    await unwire(ports.kernel, name);
    removed.push(name);
  }
  return { undone: pending.map((allocation) => allocation.containerId), removed, rebuilt: [] };
}

function committed(allocations: readonly Allocation[]): Allocation[] {
  return allocations.filter((allocation) => allocation.state === 'committed');
}
