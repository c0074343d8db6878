import { splitBlock, splitItems } from '../text/statements.ts';

/** Words of the authentication of BFD (`bfd_iface_item` in `proto/bfd/config.Y`). */
const WORDS = new Set(['authentication', 'password', 'passwords', 'key']);

/** What the packets of BFD over some interfaces prove themselves with: compared, never shown. */
export interface BfdAuthentication {
  /** `interface "eth*"`, `multihop`. */
  readonly place: string;
  /** Empty where there is none. */
  readonly proof: string;
}

/** Reads an item of a protocol BFD, with definitions in the place of their names. */
export function bfdAuthentication(item: readonly string[]): BfdAuthentication {
  const { head, body } = splitBlock(item);
  const proof = splitItems(body).filter(hasAuthentication);
  return { place: head.join(' '), proof: proof.map((words) => words.join(' ')).join(';') };
}

/** Whether some tokens have to do with authentication. */
export function hasAuthentication(tokens: readonly string[]): boolean {
  return tokens.some((token) => WORDS.has(token));
}

/**
 * Whether packets may prove themselves in another way. The first place that fits an interface counts
 * (`bfd_find_iface_config` in `proto/bfd/bfd.c`), so that a place without any authentication may hide one that has.
 */
export function authenticationDiffers(
  before: readonly BfdAuthentication[],
  after: readonly BfdAuthentication[],
): boolean {
  if (![...before, ...after].some(({ proof }) => proof !== '')) return false;
  return JSON.stringify(before) !== JSON.stringify(after);
}
