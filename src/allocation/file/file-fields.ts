import { z } from 'zod';
import { type Address, type Family, familyOf, parseAddress } from '../../model/address.ts';
import { type CommunityClaim, parseCommunity } from '../../model/community.ts';
import { isHostInterfaceName } from '../../model/names.ts';
import type { Allocation } from '../types.ts';

/** One allocation in the file's form; its keys are a contract, see docs/operations.md. */
export interface StoredAllocation {
  readonly container_id: string;
  readonly ifname: string;
  readonly network?: string;
  readonly netns: string;
  readonly namespace: string;
  readonly pod_name: string;
  readonly owner_uid?: string;
  readonly ip6?: string;
  readonly ip4?: string;
  readonly anycast: readonly string[];
  readonly addresses: readonly string[];
  readonly communities: readonly { readonly community: string; readonly address?: string }[];
  readonly state: 'pending' | 'committed';
  readonly allocated_at: string;
  readonly host_interface: string;
  readonly host_mac: string;
  readonly pod_mac: string;
  readonly mtu: number;
}

/** The allocation with the file's keys. */
export function toStored(allocation: Allocation): StoredAllocation {
  const { network, pod, ip6, ip4 } = allocation;
  return {
    container_id: allocation.containerId,
    ifname: allocation.ifname,
    ...(network === undefined ? {} : { network }),
    netns: allocation.netns,
    namespace: pod.namespace,
    pod_name: pod.name,
    ...(pod.uid === undefined ? {} : { owner_uid: pod.uid }),
    ...(ip6 === undefined ? {} : { ip6 }),
    ...(ip4 === undefined ? {} : { ip4 }),
    anycast: allocation.anycast,
    addresses: allocation.addresses,
    communities: allocation.communities.map(({ community, address }) => ({
      community,
      ...(address === undefined ? {} : { address }),
    })),
    state: allocation.state,
    allocated_at: allocation.allocatedAt,
    host_interface: allocation.hostInterface,
    host_mac: allocation.hostMac,
    pod_mac: allocation.podMac,
    mtu: allocation.mtu,
  };
}

function parsed(text: string, family: Family | undefined): Address | undefined {
  const address = parseAddress(text);
  return address === undefined || (family !== undefined && familyOf(address) !== family) ? undefined : address;
}

/** An address that may be missing: absent, null and the empty text all mean none. */
export function storedAddress(family: Family) {
  return z
    .string()
    .nullish()
    .transform((text, context): Address | undefined => {
      if (text === undefined || text === null || text === '') return undefined;
      const address = parsed(text, family);
      if (address === undefined) context.addIssue({ code: 'custom', message: `is not an IPv${family} address` });
      return address;
    });
}

const claims = z
  .array(z.string())
  .nullish()
  .transform((texts, context): Address[] => {
    const found = (texts ?? []).map((text) => parsed(text, undefined)).filter((address) => address !== undefined);
    if (found.length !== (texts ?? []).length)
      context.addIssue({ code: 'custom', message: 'holds an invalid address' });
    if (new Set(found).size !== found.length) context.addIssue({ code: 'custom', message: 'names an address twice' });
    return found;
  });

/** Files of versions that predate the key do not have it. */
const communities = z
  .array(z.object({ community: z.string(), address: z.string().optional() }))
  .nullish()
  .transform((items, context): CommunityClaim[] => {
    const found: CommunityClaim[] = [];
    for (const item of items ?? []) {
      const community = parseCommunity(item.community);
      const address = item.address === undefined ? undefined : parseAddress(item.address);
      if (community === undefined) context.addIssue({ code: 'custom', message: 'holds an invalid community' });
      else if (item.address !== undefined && address === undefined)
        context.addIssue({ code: 'custom', message: 'holds an invalid address' });
      else found.push({ address, community });
    }
    return found;
  });

/** A text fit for a log line: no control characters, and no longer than any name that runtimes use. */
const name = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^\p{Cc}]+$/u, 'holds control characters');

/** Container ids as defined by the CNI specification ("CNI_CONTAINERID"). */
const containerId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'is not a container id');
/** A network's name (CNI specification 1.1.0, section 1, "name"). Files of versions that predate the key do not have it. */
const network = z
  .string()
  .max(253)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, 'is not the name of a network')
  .nullish();
/** What the kernel accepts as an interface name (`dev_valid_name` of net/core/dev.c). */
const interfaceName = z.string().regex(/^(?!\.{1,2}$)[^/:\s\p{Cc}]{1,15}$/u, 'is not an interface name');
const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'is not a hardware address');

/** Reads one allocation of the file into the value that it represents. */
export const allocationFields = z
  .object({
    container_id: containerId,
    ifname: interfaceName,
    network,
    // Empty when unknown: the allocation was rebuilt from the kernel.
    netns: z
      .string()
      .max(4096)
      .regex(/^(\/[^\p{Cc}]*)?$/u, 'is not an absolute path'),
    namespace: name,
    pod_name: name,
    owner_uid: z.union([name, z.literal('')]).nullish(),
    ip6: storedAddress(6),
    ip4: storedAddress(4),
    anycast: claims,
    addresses: claims,
    communities,
    state: z.enum(['pending', 'committed']),
    allocated_at: z.iso.datetime({ offset: true }),
    host_interface: z.string().refine(isHostInterfaceName, 'is not a host interface of flockd'),
    host_mac: mac,
    pod_mac: mac,
    // ETH_MIN_MTU of linux/if_ether.h, and the largest that a veth accepts (ETH_MAX_MTU).
    mtu: z.int().min(68).max(65535),
  })
  .refine(
    ({ anycast, addresses, communities }) =>
      communities.every(({ address }) => address === undefined || [...anycast, ...addresses].includes(address)),
    { path: ['communities'], error: 'is for an address that is not claimed' },
  )
  .transform(
    (stored): Allocation => ({
      containerId: stored.container_id,
      ifname: stored.ifname,
      network: stored.network ?? undefined,
      pod: { namespace: stored.namespace, name: stored.pod_name, uid: stored.owner_uid || undefined },
      netns: stored.netns,
      hostInterface: stored.host_interface,
      hostMac: stored.host_mac,
      podMac: stored.pod_mac,
      mtu: stored.mtu,
      ip6: stored.ip6,
      ip4: stored.ip4,
      anycast: stored.anycast,
      addresses: stored.addresses,
      communities: stored.communities,
      state: stored.state,
      allocatedAt: stored.allocated_at,
    }),
  );
