import type { Allocation } from '../allocation/types.ts';
import { type Address, addressToBytes, type Family, familyOf } from '../model/address.ts';
import type { ClaimKind } from './types.ts';

/** One pod's claim on an address. */
export interface Claim {
  readonly kind: ClaimKind;
  readonly allocation: Allocation;
}

/** A claimed address with all its claims, in the order of their attachments. */
export interface ClaimedAddress {
  readonly address: Address;
  readonly family: Family;
  /** Sorts as `compareAddresses` does, without reading the address each time. */
  readonly sortKey: string;
  readonly claims: readonly Claim[];
}

/** All claimed addresses, sorted. */
export interface ClaimIndex {
  readonly allocations: readonly Allocation[];
  readonly byAddress: ReadonlyMap<Address, ClaimedAddress>;
  readonly sorted: readonly ClaimedAddress[];
  /** For each allocation with claims, the positions of its addresses in `sorted`. */
  readonly positions: ReadonlyMap<Allocation, readonly number[]>;
}

/**
 * Turns allocations into claimed addresses. Given the previous index, an address whose claims are unchanged keeps the
 * same object, so that it need not be decided again.
 */
export function indexClaims(allocations: readonly Allocation[], before?: ClaimIndex): ClaimIndex {
  if (before?.allocations === allocations) return before;
  const claims = new Map<Address, Claim[]>();
  const ordered = allocations.map((allocation) => ({ allocation, key: claimantKey(allocation) }));
  ordered.sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { allocation } of ordered) {
    for (const kind of ['anycast', 'addresses'] as const) {
      for (const address of allocation[kind]) {
        const claim = { kind, allocation };
        const others = claims.get(address);
        if (others === undefined) claims.set(address, [claim]);
        else others.push(claim);
      }
    }
  }
  const byAddress = new Map<Address, ClaimedAddress>();
  for (const [address, found] of claims) {
    const known = before?.byAddress.get(address);
    byAddress.set(
      address,
      known !== undefined && sameClaims(known.claims, found) ? known : claimed(address, found, known),
    );
  }
  const list = sorted(byAddress, before);
  return { allocations, byAddress, sorted: list, positions: positionsOf(list) };
}

function positionsOf(list: readonly ClaimedAddress[]): Map<Allocation, number[]> {
  const positions = new Map<Allocation, number[]>();
  for (const [position, { claims }] of list.entries()) {
    for (const { allocation } of claims) {
      const known = positions.get(allocation);
      if (known === undefined) positions.set(allocation, [position]);
      else known.push(position);
    }
  }
  return positions;
}

function claimantKey({ pod, containerId, ifname }: Allocation): string {
  return `${pod.namespace}/${pod.name}/${containerId}/${ifname}`;
}

function sameClaims(a: readonly Claim[], b: readonly Claim[]): boolean {
  return (
    a.length === b.length && a.every((claim, i) => claim.allocation === b[i]?.allocation && claim.kind === b[i]?.kind)
  );
}

function claimed(address: Address, claims: readonly Claim[], known: ClaimedAddress | undefined): ClaimedAddress {
  const family = familyOf(address);
  const sortKey = known?.sortKey ?? `${family}${Buffer.from(addressToBytes(address)).toString('hex')}`;
  return { address, family, sortKey, claims };
}

/**
 * Starts from the previous order: the JavaScript engine's sort needs about one comparison per element that is already
 * in order.
 */
function sorted(byAddress: ReadonlyMap<Address, ClaimedAddress>, before: ClaimIndex | undefined): ClaimedAddress[] {
  const list: ClaimedAddress[] = [];
  for (const { address } of before?.sorted ?? []) {
    const still = byAddress.get(address);
    if (still !== undefined) list.push(still);
  }
  for (const entry of byAddress.values()) {
    if (before?.byAddress.has(entry.address) !== true) list.push(entry);
  }
  return list.sort((a, b) => (a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0));
}
