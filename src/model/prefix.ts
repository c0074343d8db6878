import {
  type Address,
  addressBits,
  addressFromBigInt,
  addressToBigInt,
  type Family,
  familyOf,
  parseAddress,
} from './address.ts';

/** A prefix without host bits: `network` is its first address. */
export interface Prefix {
  readonly family: Family;
  readonly network: Address;
  readonly length: number;
}

/** Why a text is not a prefix. */
type PrefixError = 'malformed' | 'hostBits';

/**
 * Reads `address/length`.
 * @returns the prefix, or why it is not one: `hostBits` when the address is not the network's first.
 */
export function parsePrefix(text: string): Prefix | PrefixError {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  if (match === null || address === undefined) return 'malformed';
  const length = Number(match[2]);
  if (length > addressBits(familyOf(address))) return 'malformed';
  const prefix = prefixOf(address, length);
  return prefix.network === address ? prefix : 'hostBits';
}

/** The prefix of the given length that contains the address. */
export function prefixOf(address: Address, length: number): Prefix {
  const family = familyOf(address);
  const hostBits = BigInt(addressBits(family) - length);
  return { family, length, network: addressFromBigInt(family, (addressToBigInt(address) >> hostBits) << hostBits) };
}

/** `network/length`. */
export function formatPrefix(prefix: Prefix): string {
  return `${prefix.network}/${prefix.length}`;
}

/** The host prefix of an address as text: `/32` or `/128`. */
export function hostPrefix(address: Address): string {
  return `${address}/${addressBits(familyOf(address))}`;
}

/** First and last address of a prefix as numbers. */
export function prefixRange(prefix: Prefix): { first: bigint; last: bigint } {
  const first = addressToBigInt(prefix.network);
  return { first, last: first + (1n << BigInt(addressBits(prefix.family) - prefix.length)) - 1n };
}

/** Whether the address is in the prefix. */
export function prefixContains(prefix: Prefix, address: Address): boolean {
  if (familyOf(address) !== prefix.family) return false;
  const { first, last } = prefixRange(prefix);
  const value = addressToBigInt(address);
  return value >= first && value <= last;
}

/** Whether every address of `inner` is in `outer`; true for equal prefixes. */
export function prefixCovers(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.network);
}
