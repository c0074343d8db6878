import type { Config } from '../config/types.ts';
import { type Address, addressToBigInt, familyOf } from '../model/address.ts';
import type { CommunityText } from '../model/community.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixRange } from '../model/prefix.ts';
import { allowedPatterns, isCovered } from './community-rules.ts';

/** Why an address may not be claimed, as a closed list. */
export type ClaimRule =
  | 'unspecified'
  | 'loopback'
  | 'multicast'
  | 'linkLocal'
  | 'broadcast'
  | 'reserved'
  | 'nodeAddress'
  | 'peerAddress'
  | 'insidePool'
  | 'notAllowed'
  | 'communityNotAllowed';

/**
 * The verdict on one address. `message` is a clause to follow `<address> is refused: `, or, if `community` is what is
 * not allowed on the address, `<community> on <address> is refused: `.
 */
export type ClaimVerdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly rule: ClaimRule;
      readonly message: string;
      readonly community?: CommunityText;
    };

/** Judges one address for a pod of the namespace, with the communities that it is to carry. */
export type ClaimPolicy = (address: Address, namespace: string, communities?: readonly CommunityText[]) => ClaimVerdict;

/** What the verdicts depend on. */
export interface ClaimPolicyInput {
  readonly config: Pick<Config, 'advertise' | 'pools' | 'bgp'>;
  /** Every address on an interface of the host. */
  readonly ownAddresses: ReadonlySet<Address>;
}

interface Block {
  readonly prefix: Prefix;
  readonly first: bigint;
  readonly last: bigint;
}

function block(prefix: Prefix): Block {
  return { prefix, ...prefixRange(prefix) };
}

function holds({ prefix, first, last }: Block, address: Address, value: bigint): boolean {
  return prefix.family === familyOf(address) && value >= first && value <= last;
}

/**
 * Blocks whose addresses identify no single host, most specific first. BIRD 2.0.12 drops a route to most of them as
 * bogus with only a line in its log (`rte_validate`), and accepts 0.0.0.0, `::` and 169.254.0.0/16, which no router
 * wants.
 */
const SPECIAL: readonly (readonly [string, ClaimRule, string])[] = [
  ['0.0.0.0/8', 'unspecified', 'it is in 0.0.0.0/8, "this network" (RFC 1122, 3.2.1.3)'],
  ['::/128', 'unspecified', 'it is the unspecified address (RFC 4291, 2.5.2)'],
  ['127.0.0.0/8', 'loopback', 'it is a loopback address (RFC 1122, 3.2.1.3)'],
  ['::1/128', 'loopback', 'it is the loopback address (RFC 4291, 2.5.3)'],
  ['224.0.0.0/4', 'multicast', 'it is a multicast address (RFC 5771)'],
  ['ff00::/8', 'multicast', 'it is a multicast address (RFC 4291, 2.7)'],
  ['169.254.0.0/16', 'linkLocal', 'it is a link-local address (RFC 3927)'],
  ['fe80::/10', 'linkLocal', 'it is a link-local address (RFC 4291, 2.5.6)'],
  ['255.255.255.255/32', 'broadcast', 'it is the limited broadcast address (RFC 919)'],
  ['::/96', 'reserved', 'it is in ::/96, the deprecated IPv4-compatible addresses (RFC 4291, 2.5.5.1)'],
];

const SPECIAL_BLOCKS = SPECIAL.map(([text, rule, message]) => {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') throw new RangeError(`${text} is not a prefix: ${prefix}`);
  return { ...block(prefix), rule, message };
});

/**
 * Prepares the policy for one configuration and one set of host addresses. The same function serves ADD and every later
 * pass, so a pod never keeps what it would be refused today. A caller may remember verdicts while it holds the same
 * function object.
 */
export function createClaimPolicy({ config, ownAddresses }: ClaimPolicyInput): ClaimPolicy {
  const pools = [config.pools.ip4, config.pools.ip6].filter((pool) => pool !== undefined).map(block);
  const allow = config.advertise.allow.map((rule) => ({ ...rule, prefixes: rule.prefixes.map(block) }));
  const refuse = (rule: ClaimRule, message: string) => ({ allowed: false, rule, message }) as const;

  return (address, namespace, communities = []) => {
    const value = addressToBigInt(address);
    const special = SPECIAL_BLOCKS.find((candidate) => holds(candidate, address, value));
    if (special !== undefined) return refuse(special.rule, special.message);
    if (ownAddresses.has(address)) return refuse('nodeAddress', 'it is an address of this node');
    const peer = config.bgp.peers.find((candidate) => candidate.address === address);
    if (peer !== undefined) return refuse('peerAddress', `it is the address of the BGP peer ${peer.name}`);
    const pool = pools.find((candidate) => holds(candidate, address, value));
    if (pool !== undefined) {
      const key = `pools.ipv${pool.prefix.family}`;
      return refuse(
        'insidePool',
        `it is inside the pool ${formatPrefix(pool.prefix)} (${key}), whose addresses flockd allocates`,
      );
    }
    const covering = allow.filter((rule) => rule.prefixes.some((prefix) => holds(prefix, address, value)));
    const granting = covering.filter((rule) => rule.namespaces.includes('*') || rule.namespaces.includes(namespace));
    if (granting.length > 0) {
      const patterns = granting.flatMap((rule) => rule.communities ?? []);
      const community = communities.find((one) => !isCovered(one, patterns));
      if (community === undefined) return { allowed: true };
      const message = `the rules of advertise.allow that cover the address for ${JSON.stringify(namespace)} allow ${allowedPatterns(patterns)}; add it to the communities of one of them, or remove it from the annotation`;
      return { ...refuse('communityNotAllowed', message), community };
    }
    const who = [...new Set(covering.flatMap((rule) => rule.namespaces))].sort();
    const rules =
      covering.length === 0
        ? 'no rule of advertise.allow covers it'
        : `the rules of advertise.allow that cover it are for ${who.join(', ') || 'no namespace'}, not for ${JSON.stringify(namespace)}`;
    return refuse('notAllowed', `${rules}; add one to the configuration, or remove the claim`);
  };
}
