import { findAllocation, withAllocation, withoutAllocation } from '../../allocation/attachments.ts';
import { createClaimPolicy } from '../../allocation/claim-rules.ts';
import { type Claims, checkClaims } from '../../allocation/claims.ts';
import { podFamilies } from '../../allocation/families.ts';
import { embeddedFields } from '../../allocation/ip-algo.ts';
import { chooseAddress, usedAddresses } from '../../allocation/ipam.ts';
import { randomMac } from '../../allocation/mac-address.ts';
import { ownerElsewhere } from '../../allocation/networks.ts';
import type { Allocation, AllocationState } from '../../allocation/types.ts';
import { errorText, FlockError } from '../../errors.ts';
import type { Address, Family } from '../../model/address.ts';
import type { NetworkAttachment, PodRef } from '../../model/attachment.ts';
import { hostInterfaceNames } from '../../model/names.ts';
import { type PodAnnotations, parseAnnotations } from '../../pods/annotations.ts';
import type { Pod } from '../../pods/types.ts';
import { unwire, wire } from '../../wiring/apply.ts';
import { ipv6MtuFault } from '../../wiring/host/mtu.ts';
import { wiringOf } from '../../wiring/of-allocation.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { forgetUnfinishedAdd, noteUnfinishedAdd } from './unfinished-add.ts';

/** What a runtime asks for with ADD. */
export interface AddRequest extends NetworkAttachment {
  readonly pod: PodRef;
  readonly netns: string;
}

/**
 * ADD: allocate → store `pending` → wire → store `committed`. The same request again gives the same answer and repairs
 * what it finds broken. Whatever fails, nothing of a new attachment stays behind.
 *
 * The pending entry is on its way to the disk while the pod is wired. Should a crash come before it is there, the next
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

/** An attachment that is in the file: a repeated ADD, or one that a crash interrupted. Only the sandbox may differ. */
function resume(ports: EnginePorts, known: Allocation, request: AddRequest): Stored {
  const owner = ownerElsewhere(known, request);
  if (owner !== undefined) {
    throw new FlockError(
      'environmentInvalid',
      `CNI_IFNAME: interface ${known.ifname} of container ${known.containerId} belongs to network ${owner}, and network ${request.network} cannot add it too: name another interface, or delete it from ${owner} first`,
    );
  }
  const { namespace, name, uid } = known.pod;
  if (namespace !== request.pod.namespace || name !== request.pod.name) {
    throw new FlockError(
      'environmentInvalid',
      `CNI_ARGS: container ${known.containerId} was added for pod ${namespace}/${name}, and is now said to be ${request.pod.namespace}/${request.pod.name}; delete it first`,
    );
  }
  const network = known.network ?? request.network;
  if (known.netns === request.netns && uid === request.pod.uid && known.network === network) {
    return { allocation: known, stored: Promise.resolve() };
  }
  refuseWithoutSandbox(ports, request);
  const moved: Allocation = { ...known, network, netns: request.netns, pod: request.pod };
  return { allocation: moved, stored: ports.store.update((state) => withAllocation(state, moved)) };
}

/** Without a sandbox nothing is given out or moved: a wrong path must leave no trace in the file. */
function refuseWithoutSandbox({ kernel }: EnginePorts, { netns }: AddRequest): void {
  kernel.openNamespace(netns).close();
}

async function allocate(ports: EnginePorts, state: EngineState, request: AddRequest): Promise<Stored> {
  refuseWithoutSandbox(ports, request);
  const pod = await ports.source.lookup(request.pod);
  const { value: wishes, warnings } = parseAnnotations(pod?.annotations ?? new Map());
  for (const warning of warnings) ports.log.warn({ pod: request.pod }, warning.message);
  const { config, host } = state;
  const families = podFamilies(wishes, config);
  const tooSmall = families.includes(6) ? ipv6MtuFault(host.mtu) : undefined;
  if (tooSmall !== undefined) throw new FlockError('wiringFailed', tooSmall);
  const { anycast, addresses, communities } = wishes;
  const claims: Claims = { anycast, addresses, communities };
  const policy = createClaimPolicy({ config, ownAddresses: host.ownAddresses });
  checkClaims({ ...claims, families, namespace: request.pod.namespace, policy });

  let made: Allocation | undefined;
  // The choice is made inside the update, so that no two requests can see the same address free.
  const stored = ports.store.update((stored) => {
    const { ip4, ip6, warning } = chooseAddresses(ports, state, stored, { families, wishes, pod, request });
    for (const text of warning) ports.log.warn({ pod: request.pod }, text);
    made = {
      containerId: request.containerId,
      ifname: request.ifname,
      network: request.network,
      pod: request.pod,
      netns: request.netns,
      hostInterface: freeInterfaceName(stored, request.containerId),
      hostMac: randomMac(ports.random),
      podMac: randomMac(ports.random),
      mtu: host.mtu.bytes,
      ip6,
      ip4,
      ...claims,
      state: 'pending',
      allocatedAt: ports.now().toISOString(),
    };
    return { ...withAllocation(stored, made), lastIp4: ip4 ?? stored.lastIp4 };
  });
  // A choice that fails rejects `stored` and makes nothing.
  if (made === undefined) {
    await stored;
    throw new FlockError('internal', 'defect in flockd: the allocation was stored without being made');
  }
  return { allocation: made, stored };
}

interface Choice {
  readonly families: readonly Family[];
  readonly wishes: PodAnnotations;
  readonly pod: Pod | undefined;
  readonly request: AddRequest;
}

function chooseAddresses(ports: EnginePorts, state: EngineState, stored: AllocationState, choice: Choice) {
  const used = new Set([...usedAddresses(stored), ...state.reserved.keys(), ...state.host.ownAddresses]);
  const warning: string[] = [];
  const choose = (family: Family): Address | undefined => {
    const pool = family === 4 ? state.config.pools.ip4 : state.config.pools.ip6;
    if (!choice.families.includes(family) || pool === undefined) return undefined;
    const narrowTo = family === 4 ? choice.wishes.cidr4 : choice.wishes.cidr6;
    const embed = embeddedFields(choice.wishes.ipAlgo, state.config.defaults.ipAlgo, choice.request.pod, choice.pod);
    const { random } = ports;
    const chosen = chooseAddress({ family, pool, narrowTo, used, last: stored.lastIp4, embed, random });
    if (chosen.warning !== undefined) warning.push(chosen.warning);
    return chosen.address;
  };
  return { ip6: choose(6), ip4: choose(4), warning };
}

/** The first name of the container's that no other attachment has. */
function freeInterfaceName(stored: AllocationState, containerId: string): string {
  const taken = new Set(stored.allocations.map((allocation) => allocation.hostInterface));
  for (const name of hostInterfaceNames(containerId)) if (!taken.has(name)) return name;
  throw new FlockError('internal', `no host interface name is free for container ${containerId}`);
}

/**
 * Undoes an allocation whose ADD failed. The runtime gets the first error. What cannot be undone now stays `pending`, is
 * told in `status`, and is undone by the next sweep that can, or the next start.
 */
async function takeBack(ports: EnginePorts, state: EngineState, allocation: Allocation): Promise<void> {
  try {
    await unwire(ports.kernel, allocation.hostInterface);
    // A first write that failed has left no entry.
    if (findAllocation(ports.store.state, allocation) !== undefined) {
      await ports.store.owe((stored) => withoutAllocation(stored, allocation));
    }
    forgetUnfinishedAdd(state, allocation);
  } catch (error) {
    const { hostInterface, pod } = allocation;
    const message = `the failed ADD of ${pod.namespace}/${pod.name} is not undone, ${hostInterface} and its addresses stay taken until it is: ${errorText(error)}`;
    ports.log.error({ err: error, containerId: allocation.containerId }, message);
    noteUnfinishedAdd(state, allocation, message);
  }
}
