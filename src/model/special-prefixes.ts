import type { Address, Family } from './address.ts';
import { type Prefix, parsePrefix, prefixContains, prefixCovers } from './prefix.ts';

/** What makes the addresses of a block special. */
export type SpecialKind = 'unspecified' | 'loopback' | 'multicast' | 'linkLocal' | 'reserved';

/** A block of addresses that cannot be used like others. */
interface SpecialBlock {
  readonly prefix: Prefix;
  /** As written. */
  readonly text: string;
  readonly kind: SpecialKind;
  /** What the addresses are, with the source. */
  readonly meaning: string;
}

/** The blocks that exist once on every link, so that an address of theirs names nothing without an interface. */
export const LINK_LOCAL: Readonly<Record<Family, string>> = { 4: '169.254.0.0/16', 6: 'fe80::/10' };

/** Most special first, since two of them are in ::/96. */
const BLOCKS: readonly SpecialBlock[] = [
  block('0.0.0.0/8', 'unspecified', '"this network" (RFC 1122, 3.2.1.3)'),
  block('127.0.0.0/8', 'loopback', 'loopback addresses (RFC 1122, 3.2.1.3)'),
  block(LINK_LOCAL[4], 'linkLocal', 'link-local addresses (RFC 3927)'),
  block('224.0.0.0/4', 'multicast', 'multicast addresses (RFC 5771)'),
  block('240.0.0.0/4', 'reserved', 'reserved and broadcast addresses (RFC 1112, section 4; RFC 919)'),
  block('::/128', 'unspecified', 'the unspecified address (RFC 4291, 2.5.2)'),
  block('::1/128', 'loopback', 'the loopback address (RFC 4291, 2.5.3)'),
  block('::/96', 'reserved', 'the deprecated IPv4-compatible addresses (RFC 4291, 2.5.5.1)'),
  block(LINK_LOCAL[6], 'linkLocal', 'link-local addresses (RFC 4291, 2.5.6)'),
  block('ff00::/8', 'multicast', 'multicast addresses (RFC 4291, 2.7)'),
];

/**
 * The special block that an address is in. Nothing in it can be announced: BIRD 2.0.12 drops a route to most of them
 * as bogus with nothing but a line in its log (`rte_validate`), and takes 0.0.0.0, `::` and 169.254.0.0/16, which no
 * router wants.
 */
export function specialBlockOf(address: Address): SpecialBlock | undefined {
  return BLOCKS.find(({ prefix }) => prefixContains(prefix, address));
}

/** The first special block that shares an address with a prefix. */
export function specialBlockOverlapping(prefix: Prefix): SpecialBlock | undefined {
  return BLOCKS.find((special) => prefixCovers(special.prefix, prefix) || prefixCovers(prefix, special.prefix));
}

/** The block as messages name it: `127.0.0.0/8, loopback addresses (RFC 1122, 3.2.1.3)`. */
export function describeSpecialBlock({ text, meaning }: SpecialBlock): string {
  return `${text}, ${meaning}`;
}

/**
 * Whether an address is in fe80::/10. In canonical text its first group is fe80 to febf; this is asked of every event.
 */
export function isLinkLocal6(address: Address): boolean {
  return /^fe[89ab][0-9a-f]:/.test(address);
}

/** Whether an address is in fe80::/10 or ff00::/8, which every link has, so that they say nothing about a host. */
export function isOnEveryLink6(address: Address): boolean {
  return isLinkLocal6(address) || /^ff[0-9a-f]{2}:/.test(address);
}

function block(text: string, kind: SpecialKind, meaning: string): SpecialBlock {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') throw new RangeError(`${text} is no prefix: ${prefix}`);
  return { prefix, text, kind, meaning };
}
