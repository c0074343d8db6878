import type { Config } from '../config/types.ts';
import { type Address, addressToBigInt, familyOf } from '../model/address.ts';
import type { CommunityText } from '../model/community.ts';
import { formatPrefix, type Prefix, prefixRange } from '../model/prefix.ts';
import { quoteText } from '../model/printable.ts';
import { describeSpecialBlock, type SpecialKind, specialBlockOf } from '../model/special-prefixes.ts';
import { allowedPatterns, isCovered } from './community-rules.ts';

/** Why an address may not be claimed, as a closed list. */
type ClaimRule = SpecialKind | 'nodeAddress' | 'peerAddress' | 'insidePool' | 'notAllowed' | 'communityNotAllowed';

/**
 * The verdict on one address. `message` is a clause to follow `<address> is refused: `, or, if `community` is what is
 * not allowed on the address, `<community> on <address> is refused: `.
 */
type ClaimVerdict =
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
 * Prepares the verdicts for one configuration and one set of host addresses. The same function serves ADD and every
 * later pass, so that a pod never keeps what it would be refused now. A caller that remembers verdicts may do so for
 * as long as it holds the same function.
 */
export function createClaimPolicy({ config, ownAddresses }: ClaimPolicyInput): ClaimPolicy {
  const pools = [config.pools.ip4, config.pools.ip6].filter((pool) => pool !== undefined).map(block);
  const allow = config.advertise.allow.map((rule) => ({ ...rule, prefixes: rule.prefixes.map(block) }));
  const refuse = (rule: ClaimRule, message: string) => ({ allowed: false, rule, message }) as const;

  return (address, namespace, communities = []) => {
    const value = addressToBigInt(address);
    const special = specialBlockOf(address);
    if (special !== undefined) return refuse(special.kind, `it is in ${describeSpecialBlock(special)}`);
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
      const message = `the rules of advertise.allow that cover the address for ${quoteText(namespace)} allow ${allowedPatterns(patterns)}; add it to the communities of one of them, or remove it from the annotation`;
      return { ...refuse('communityNotAllowed', message), community };
    }
    const who = [...new Set(covering.flatMap((rule) => rule.namespaces))].sort();
    const rules =
      covering.length === 0
        ? 'no rule of advertise.allow covers it'
        : `the rules of advertise.allow that cover it are for ${who.join(', ') || 'no namespace'}, not for ${quoteText(namespace)}`;
    return refuse('notAllowed', `${rules}; add one to the configuration, or remove the claim`);
  };
}
