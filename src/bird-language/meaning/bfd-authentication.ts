import { splitBlock, splitItems } from '../text/statements.ts';

/** Keywords of BFD authentication (`bfd_iface_item` in `proto/bfd/config.Y`). */
const WORDS = new Set(['authentication', 'password', 'passwords', 'key']);

/** The authentication of BFD packets on some interfaces: compared, never shown. */
export interface BfdAuthentication {
  /** `interface "eth*"`, `multihop`. */
  readonly place: string;
  /** Empty when there is none. */
  readonly proof: string;
}

/** Reads an item of a BFD protocol, with names replaced by their definitions. */
export function bfdAuthentication(item: readonly string[]): BfdAuthentication {
  const { head, body } = splitBlock(item);
  const proof = splitItems(body).filter(hasAuthentication);
  return { place: head.join(' '), proof: proof.map((words) => words.join(' ')).join(';') };
}

/** Whether some tokens are about authentication. */
export function hasAuthentication(tokens: readonly string[]): boolean {
  return tokens.some((token) => WORDS.has(token));
}

/**
 * Whether the authentication of packets may differ. The first place that matches an interface counts
 * (`bfd_find_iface_config` in `proto/bfd/bfd.c`), so a place without authentication may hide one with it.
 */
export function authenticationDiffers(
  before: readonly BfdAuthentication[],
  after: readonly BfdAuthentication[],
): boolean {
  if (![...before, ...after].some(({ proof }) => proof !== '')) return false;
  return JSON.stringify(before) !== JSON.stringify(after);
}
