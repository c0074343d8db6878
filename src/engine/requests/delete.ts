import type { Allocation } from '../../allocation/allocation.ts';
import { findAllocation, withoutAllocation } from '../../allocation/attachments.ts';
import { ownerElsewhere } from '../../allocation/networks.ts';
import { errorText } from '../../errors.ts';
import { attachmentId, isSameAttachment, type NetworkAttachment } from '../../model/attachment.ts';
import { hostInterfaceNames } from '../../model/names.ts';
import { parseAlias } from '../../wiring/alias.ts';
import { unbindFromLoopback } from '../../wiring/loopback.ts';
import { unwire } from '../../wiring/wire.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { Loop } from '../pass/loop.ts';

/**
 * How long DEL waits for the withdrawal to be seen applied, in milliseconds. After that the veth is removed regardless:
 * BIRD itself withdraws a route whose device is gone, and a runtime must never hang on a BIRD that does.
 */
const WITHDRAW_DEADLINE_MS = 5_000;

/**
 * DEL: withdraw → host route → unwire → release. Succeeds for what is not there; repeated, it finishes what an
 * interrupted one began. For another network than the one that added it an attachment does not exist: a runtime sends
 * DEL after an ADD that was refused for exactly that reason, too. A failing disk does not keep anything from being
 * released: the file has it as soon as it can be written, and a start that comes before finds an allocation of which
 * nothing is left.
 * @throws FlockError only when the kernel does not remove the interface; the runtime tries again.
 */
export async function deleteAttachment(
  ports: EnginePorts,
  state: EngineState,
  loop: Loop,
  key: NetworkAttachment,
): Promise<void> {
  const allocation = findAllocation(ports.store.state, key);
  if (allocation === undefined) return removeLeftover(ports, key);
  const id = attachmentId(key);
  const owner = ownerElsewhere(allocation, key);
  if (owner !== undefined) {
    ports.log.warn({ attachment: id }, `DEL of network ${key.network} deletes nothing: it belongs to network ${owner}`);
    return;
  }
  state.releasing.add(id);
  try {
    if (claims(allocation)) await withdraw(ports, loop, id);
    await unbind(ports, allocation);
    await unwire(ports.kernel, allocation.hostInterface);
    await ports.store.writeBehind((stored) => withoutAllocation(stored, key));
  } finally {
    state.releasing.delete(id);
    loop.wake();
  }
}

function claims(allocation: Allocation): boolean {
  return allocation.anycast.length > 0 || allocation.addresses.length > 0;
}

async function withdraw(ports: EnginePorts, loop: Loop, id: string): Promise<void> {
  try {
    await loop.passed(WITHDRAW_DEADLINE_MS);
  } catch (error) {
    ports.log.warn(
      { attachment: id, err: errorText(error) },
      'withdrawal not confirmed, BIRD withdraws when the device goes',
    );
  }
}

/**
 * A sandbox that lives on must not keep answering for addresses that it has lost. The veth is removed whether this
 * succeeds or not.
 */
async function unbind(ports: EnginePorts, allocation: Allocation): Promise<void> {
  const { containerId, ifname: podInterface, hostInterface, netns } = allocation;
  const kept = new Set(
    ports.store.state.allocations
      .filter((other) => other.containerId === containerId && other.ifname !== podInterface)
      .flatMap((other) => other.anycast),
  );
  const own = allocation.anycast.filter((address) => !kept.has(address));
  try {
    await unbindFromLoopback(ports.kernel, netns, { hostInterface, podInterface }, own);
  } catch (error) {
    ports.log.warn({ containerId, err: errorText(error) }, 'claimed addresses stay on lo in the sandbox');
  }
}

/**
 * An interface of this container that the file does not know: what a crash left, or what a lost file described. It is
 * known by its alias. One that has none of ours is known by its name, as long as it is no other attachment's: only
 * a pod of this name can have made it.
 */
async function removeLeftover(ports: EnginePorts, key: NetworkAttachment): Promise<void> {
  const taken = new Set(ports.store.state.allocations.map((allocation) => allocation.hostInterface));
  for (const name of hostInterfaceNames(key.containerId)) {
    const link = await ports.kernel.host.link(name);
    if (link === undefined) return;
    const owner = link.alias === undefined ? undefined : parseAlias(link.alias);
    const isSame = owner !== undefined && isSameAttachment(owner, key);
    const isOwn = isSame && ownerElsewhere(owner, key) === undefined;
    if (isOwn || (owner === undefined && !taken.has(name))) return unwire(ports.kernel, name);
  }
}
