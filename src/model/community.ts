import type { Address } from './address.ts';

declare const communityBrand: unique symbol;

/**
 * A community such as `64600:100` (RFC 1997) or a large community such as `64600:1:100` (RFC 8092) in its one canonical
 * form: decimal numbers without leading zeros, as RFC 8092, 5 requires. Two are equal exactly when their texts are.
 * Only `parseCommunity` creates one.
 */
export type CommunityText = string & { readonly [communityBrand]: true };

/**
 * Most communities, of both kinds together, on one address: with as many again for a session (`bgp.peers[].export`)
 * they stay well below the 4,096 bytes of an UPDATE (RFC 4271, 4.1), above which BIRD omits a route.
 */
export const MOST_COMMUNITIES = 64;

/** The largest number in a community of two numbers (16 bits each, RFC 1997) and of three (32 bits each, RFC 8092). */
export function largestIn(parts: number): number {
  return parts === 2 ? 65_535 : 4_294_967_295;
}

/** Reads a community of either kind. @returns undefined when the text is not one in canonical form. */
export function parseCommunity(text: string): CommunityText | undefined {
  return communityNumbers(text) === undefined ? undefined : (text as CommunityText);
}

/** The two or three numbers of a community; undefined when the text is not one. */
export function communityNumbers(text: string): readonly number[] | undefined {
  if (!/^(0|[1-9]\d{0,9})(:(0|[1-9]\d{0,9})){1,2}$/.test(text)) return undefined;
  const numbers = text.split(':').map(Number);
  return numbers.every((number) => number <= largestIn(numbers.length)) ? numbers : undefined;
}

/** Whether a community is a large one. */
export function isLarge(community: CommunityText): boolean {
  return community.split(':').length === 3;
}

/** Every community once: large ones after the others, each kind ordered by its numbers. */
export function sortCommunities(communities: Iterable<CommunityText>): CommunityText[] {
  const keyed = [...new Set(communities)].map((community) => ({
    community,
    numbers: community.split(':').map(Number),
  }));
  keyed.sort((a, b) => a.numbers.length - b.numbers.length || compareNumbers(a.numbers, b.numbers));
  return keyed.map(({ community }) => community);
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (const [at, number] of a.entries()) {
    const difference = number - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A community that a pod asks for. */
export interface CommunityClaim {
  /** The claimed address that it is for; undefined for every address that the pod claims. */
  readonly address: Address | undefined;
  readonly community: CommunityText;
}

/** A claim as written in the annotation: `64600:100`, or `192.0.2.53=64600:100`. */
export function formatCommunityClaim({ address, community }: CommunityClaim): string {
  return address === undefined ? community : `${address}=${community}`;
}

/** The communities that a list of claims asks for. */
interface Asked {
  readonly everywhere: readonly CommunityText[];
  readonly byAddress: ReadonlyMap<Address, readonly CommunityText[]>;
}

/** Lists of claims are values that are replaced, never changed: each is sorted once. */
const known = new WeakMap<readonly CommunityClaim[], Asked>();

/** The communities that a pod asks for on one of its addresses, sorted, each once. */
export function communitiesOn(claims: readonly CommunityClaim[], address: Address): readonly CommunityText[] {
  let asked = known.get(claims);
  if (asked === undefined) {
    asked = sortOut(claims);
    known.set(claims, asked);
  }
  return asked.byAddress.get(address) ?? asked.everywhere;
}

function sortOut(claims: readonly CommunityClaim[]): Asked {
  const everywhere = claims.filter((claim) => claim.address === undefined).map(({ community }) => community);
  const single = new Map<Address, CommunityText[]>();
  for (const { address, community } of claims) {
    if (address === undefined) continue;
    const others = single.get(address);
    if (others === undefined) single.set(address, [community]);
    else others.push(community);
  }
  return {
    everywhere: sortCommunities(everywhere),
    byAddress: new Map([...single].map(([address, own]) => [address, sortCommunities([...everywhere, ...own])])),
  };
}
