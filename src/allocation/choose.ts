import type { Config } from '../config/types.ts';
import { FlockError } from '../errors.ts';
import type { Address, Family } from '../model/address.ts';
import type { NetworkAttachment, PodRef } from '../model/attachment.ts';
import { hostInterfaceNames } from '../model/names.ts';
import type { PodAnnotations } from '../pods/annotations.ts';
import type { Pod } from '../pods/pod-source.ts';
import type { Allocation, AllocationState } from './allocation.ts';
import { withAllocation } from './attachments.ts';
import { createClaimPolicy } from './claim-rules.ts';
import { type Claims, checkClaims } from './claims.ts';
import { podFamilies } from './families.ts';
import { embeddedFields } from './ip-algo.ts';
import { chooseAddress, usedAddresses } from './ipam.ts';
import { randomMac } from './mac-address.ts';

/** What an attachment asks for, and what a choice for it has to respect. */
export interface ChoiceFacts {
  readonly attachment: NetworkAttachment & { readonly pod: PodRef; readonly netns: string };
  /** The pod as its source knows it; undefined where the source does not. */
  readonly pod: Pod | undefined;
  /** What its annotations ask for. */
  readonly wishes: PodAnnotations;
  readonly config: Config;
  readonly host: {
    /** Addresses of the host itself: never given out, never claimed. */
    readonly ownAddresses: ReadonlySet<Address>;
    /** Bytes. */
    readonly mtu: number;
    /** Why no pod of this host can have IPv6; undefined when it can. */
    readonly ipv6Fault: string | undefined;
  };
  /** Addresses that are in use, and that no allocation names. */
  readonly reserved: Iterable<Address>;
  readonly now: Date;
  /** A uniformly random whole number from 0 to `limit` - 1. */
  readonly random: (limit: bigint) => bigint;
}

/** What a new attachment gets. */
export interface Choice {
  /** With the new allocation in it. */
  readonly state: AllocationState;
  readonly allocation: Allocation;
  /** What of the pod's wishes could not be followed. */
  readonly warnings: readonly string[];
}

/**
 * Chooses everything that a new attachment gets: families, addresses, names, hardware addresses, MTU and claims.
 * @param stored what is allocated.
 * @throws FlockError `familyMissing`, `wiringFailed` (IPv6 on an uplink too small for it), `claimRefused`, `poolExhausted`.
 */
export function chooseAllocation(stored: AllocationState, facts: ChoiceFacts): Choice {
  const { attachment, wishes, config, host, random } = facts;
  const { containerId, ifname, network, pod, netns } = attachment;
  const families = podFamilies(wishes, config);
  if (families.includes(6) && host.ipv6Fault !== undefined) throw new FlockError('wiringFailed', host.ipv6Fault);
  const { anycast, addresses, communities } = wishes;
  const claims: Claims = { anycast, addresses, communities };
  const policy = createClaimPolicy({ config, ownAddresses: host.ownAddresses });
  checkClaims({ ...claims, families, namespace: pod.namespace, policy });
  const { ip4, ip6, warnings } = chooseAddresses(stored, facts, families);
  const allocation: Allocation = {
    ...{ containerId, ifname, network, pod, netns },
    hostInterface: freeInterfaceName(stored, containerId),
    hostMac: randomMac(random),
    podMac: randomMac(random),
    mtu: host.mtu,
    ...{ ip6, ip4 },
    ...claims,
    state: 'pending',
    allocatedAt: facts.now.toISOString(),
  };
  return { state: { ...withAllocation(stored, allocation), lastIp4: ip4 ?? stored.lastIp4 }, allocation, warnings };
}

function chooseAddresses(stored: AllocationState, facts: ChoiceFacts, families: readonly Family[]) {
  const { attachment, pod, wishes, config, host, reserved, random } = facts;
  const used = new Set([...usedAddresses(stored), ...reserved, ...host.ownAddresses]);
  const embed = embeddedFields(wishes.ipAlgo, config.defaults.ipAlgo, attachment.pod, pod);
  const warnings: string[] = [];
  const choose = (family: Family): Address | undefined => {
    const pool = family === 4 ? config.pools.ip4 : config.pools.ip6;
    if (!families.includes(family) || pool === undefined) return undefined;
    const narrowTo = family === 4 ? wishes.cidr4 : wishes.cidr6;
    const chosen = chooseAddress({ family, pool, narrowTo, used, last: stored.lastIp4, embed, random });
    if (chosen.warning !== undefined) warnings.push(chosen.warning);
    return chosen.address;
  };
  return { ip6: choose(6), ip4: choose(4), warnings };
}

/** The first name of the container's that no other attachment has. */
function freeInterfaceName(stored: AllocationState, containerId: string): string {
  const taken = new Set(stored.allocations.map((allocation) => allocation.hostInterface));
  for (const name of hostInterfaceNames(containerId)) if (!taken.has(name)) return name;
  throw new FlockError('internal', `no host interface name is free for container ${containerId}`);
}
