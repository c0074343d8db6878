import { FlockError } from '../errors.ts';
import {
  type Address,
  addressBits,
  addressFromBigInt,
  addressToBigInt,
  type Family,
  familyOf,
} from '../model/address.ts';
import { ANNOTATION_PREFIX } from '../model/names.ts';
import { formatPrefix, type Prefix, prefixCovers, prefixRange } from '../model/prefix.ts';
import type { AllocationState } from './allocation.ts';
import { interfaceIds } from './interface-id.ts';

/** A request for an address of the pool. */
export interface AddressRequest {
  readonly family: Family;
  readonly pool: Prefix;
  /** Items of `cidr4` or `cidr6` in the order written; empty: the whole pool. */
  readonly narrowTo: readonly Prefix[];
  /** Every address in use, of either family. */
  readonly used: ReadonlySet<Address>;
  /** Last IPv4 address allocated: the search continues after it, so that an address is not reused at once. */
  readonly last: Address | undefined;
  /** IPv6: values of the `ip-algo` fields, in order; empty or absent: a random interface id. */
  readonly embed?: readonly string[];
  /** A uniformly random whole number from 0 to `limit` - 1. IPv6 only. */
  readonly random: (limit: bigint) => bigint;
}

/** The address found. `warning` says that `ip-algo` could not be followed. */
interface ChosenAddress {
  readonly address: Address;
  readonly warning: string | undefined;
}

interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Finds a free address.
 *
 * Never allocated from the pool: in IPv4 the network, .1 and the broadcast address; in IPv6 `::` (the subnet-router
 * anycast address, RFC 4291, 2.6.1) and `::1`, which operators give to the node itself. A block inside the pool that
 * `cidr4` or `cidr6` names is not a subnet of its own: all its other addresses can be allocated.
 *
 * `ip-algo` is for human readers. If all its sixteen addresses are in use, or the block is too small for it, the pod
 * gets a random address and a warning; it never fails for lack of a readable one.
 *
 * @throws FlockError `poolExhausted` exactly when no address is free; `claimRefused` when every item of `narrowTo` is
 * outside the pool.
 */
export function chooseAddress(request: AddressRequest): ChosenAddress {
  const block = effectiveBlock(request);
  const range = prefixRange(block);
  const reserved = reservedOf(request.pool);
  const isFree = (value: bigint) => !reserved.has(value) && !request.used.has(addressFromBigInt(request.family, value));

  let warning: string | undefined;
  if (request.family === 6 && request.embed !== undefined && request.embed.length > 0) {
    const ids = interfaceIds(request.embed, addressBits(6) - block.length);
    const free = ids?.find((id) => isFree(range.first + id));
    if (free !== undefined) return { address: addressFromBigInt(6, range.first + free), warning: undefined };
    const why = ids === undefined ? 'is too small for it' : 'has none of its sixteen addresses free';
    warning = `annotation ${ANNOTATION_PREFIX}ip-algo (or defaults.ipAlgo) is ignored: ${formatPrefix(block)} ${why}; the pod gets a random address`;
  }
  const start =
    request.family === 6 ? range.first + request.random(range.last - range.first + 1n) : behind(request.last, range);
  // By the pigeonhole principle one more than all taken and reserved addresses is enough, however large the block.
  const value = firstFree(range, start, request.used.size + reserved.size + 1, isFree);
  if (value === undefined) throw exhausted(request, block);
  return { address: addressFromBigInt(request.family, value), warning };
}

/** Every address that an allocation holds, of either family: what the pool must not allocate again. */
export function usedAddresses(state: AllocationState): Set<Address> {
  const used = new Set<Address>();
  for (const { ip4, ip6, anycast, addresses } of state.allocations) {
    if (ip4 !== undefined) used.add(ip4);
    if (ip6 !== undefined) used.add(ip6);
    // Claims are outside the pool when they are accepted; a pool that was changed since may contain them.
    for (const address of anycast) used.add(address);
    for (const address of addresses) used.add(address);
  }
  return used;
}

/** The first item that overlaps the pool wins. Prefixes never overlap partially: one contains the other. */
function effectiveBlock({ family, pool, narrowTo }: AddressRequest): Prefix {
  if (narrowTo.length === 0) return pool;
  for (const item of narrowTo) {
    if (prefixCovers(item, pool)) return pool;
    if (prefixCovers(pool, item)) return item;
  }
  throw new FlockError(
    'claimRefused',
    `annotation ${ANNOTATION_PREFIX}cidr${family}: ${narrowTo.map(formatPrefix).join(', ')} is outside the pool ${formatPrefix(pool)} (pools.ipv${family}); name a block inside the pool, or remove the annotation`,
  );
}

function reservedOf(pool: Prefix): ReadonlySet<bigint> {
  const { first, last } = prefixRange(pool);
  return new Set(pool.family === 4 ? [first, first + 1n, last] : [first, first + 1n]);
}

function behind(last: Address | undefined, range: Range): bigint {
  if (last === undefined || familyOf(last) !== 4) return range.first;
  const next = addressToBigInt(last) + 1n;
  return next >= range.first && next <= range.last ? next : range.first;
}

/** The first free value from `start` on, wrapping around once and examining no more than `limit` values. */
function firstFree(range: Range, start: bigint, limit: number, isFree: (value: bigint) => boolean): bigint | undefined {
  const size = range.last - range.first + 1n;
  const steps = size < BigInt(limit) ? Number(size) : limit;
  let value = start;
  for (let step = 0; step < steps; step += 1) {
    if (isFree(value)) return value;
    value = value === range.last ? range.first : value + 1n;
  }
  return undefined;
}

function exhausted(request: AddressRequest, block: Prefix): FlockError {
  const { first, last } = prefixRange(block);
  const inside = (value: bigint) => value >= first && value <= last;
  const reserved = [...reservedOf(request.pool)].filter(inside).length;
  let taken = 0;
  for (const address of request.used) {
    if (familyOf(address) === request.family && inside(addressToBigInt(address))) taken += 1;
  }
  const family = request.family;
  const narrowed = block.length > request.pool.length;
  const where = narrowed
    ? `${formatPrefix(block)} (annotation ${ANNOTATION_PREFIX}cidr${family})`
    : `the pool ${formatPrefix(block)} (pools.ipv${family})`;
  const remedy = narrowed ? 'name a larger block' : 'give the node a larger pool';
  return new FlockError(
    'poolExhausted',
    `no IPv${family} address is free in ${where}: ${last - first + 1n} addresses, ${reserved} reserved, ${taken} in use; remove pods, or ${remedy}`,
  );
}
