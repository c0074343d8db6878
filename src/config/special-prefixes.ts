import type { Address } from '../model/address.ts';
import { hostPrefix, type Prefix, parsePrefix, prefixCovers } from '../model/prefix.ts';

/** A block of addresses that cannot be used like others. */
export interface SpecialBlock {
  readonly prefix: Prefix;
  /** As written. */
  readonly text: string;
  /** What the addresses are, with the source. */
  readonly meaning: string;
}

/** Blocks that hold no address of a single host. */
const NO_HOST: readonly SpecialBlock[] = [
  block('0.0.0.0/8', 'unspecified addresses (RFC 1122, 3.2.1.3)'),
  block('127.0.0.0/8', 'loopback addresses (RFC 1122, 3.2.1.3)'),
  block('224.0.0.0/4', 'multicast addresses (RFC 5771)'),
  block('240.0.0.0/4', 'reserved and broadcast addresses (RFC 1112, section 4; RFC 919)'),
  block('::/128', 'the unspecified address (RFC 4291, 2.5.2)'),
  block('::1/128', 'the loopback address (RFC 4291, 2.5.3)'),
  block('ff00::/8', 'multicast addresses (RFC 4291, 2.7)'),
];

/** Blocks that exist once on every link, so that an address of theirs names nothing without an interface. */
const LINK_LOCAL: readonly SpecialBlock[] = [
  block('169.254.0.0/16', 'link-local addresses (RFC 3927)'),
  block('fe80::/10', 'link-local addresses (RFC 4291, 2.5.6)'),
];

/** The special block that shares an address with a pool, link-local ones included. */
export function specialBlockInPool(pool: Prefix): SpecialBlock | undefined {
  return [...NO_HOST, ...LINK_LOCAL].find(({ prefix }) => prefixCovers(prefix, pool) || prefixCovers(pool, prefix));
}

/** The block that makes an address none of a host. Link-local addresses are hosts' addresses. */
export function noHostBlock(address: Address): SpecialBlock | undefined {
  return blockOf(NO_HOST, address);
}

/** The link-local block that an address lies in. */
export function linkLocalBlock(address: Address): SpecialBlock | undefined {
  return blockOf(LINK_LOCAL, address);
}

function blockOf(blocks: readonly SpecialBlock[], address: Address): SpecialBlock | undefined {
  const host = parsePrefix(hostPrefix(address));
  return typeof host === 'string' ? undefined : blocks.find(({ prefix }) => prefixCovers(prefix, host));
}

function block(text: string, meaning: string): SpecialBlock {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') throw new RangeError(`${text} is no prefix: ${prefix}`);
  return { prefix, text, meaning };
}
