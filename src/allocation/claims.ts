import { FlockError } from '../errors.ts';
import { type Address, type Family, familyOf } from '../model/address.ts';
import { type CommunityClaim, communitiesOn } from '../model/community.ts';
import { ANNOTATION_PREFIX } from '../model/names.ts';
import type { ClaimPolicy } from './claim-rules.ts';

/** What a pod claims by annotation, parsed. */
export interface Claims {
  readonly anycast: readonly Address[];
  readonly addresses: readonly Address[];
  readonly communities: readonly CommunityClaim[];
}

/** A pod's claims, and what they are checked against. */
export interface ClaimsToCheck extends Claims {
  /** Families in which the pod has its own address: without one there is nothing to route a claim to. */
  readonly families: readonly Family[];
  readonly namespace: string;
  readonly policy: ClaimPolicy;
}

/**
 * Checks everything that a pod claims, in the order written, `anycast` first.
 * @throws FlockError `claimRefused` or `familyMissing`, with the annotation, the value and the rule in its message.
 */
export function checkClaims(claims: ClaimsToCheck): void {
  const { anycast, addresses } = claims;
  const both = new Set(anycast);
  const twice = addresses.find((address) => both.has(address));
  if (twice !== undefined) {
    throw new FlockError(
      'claimRefused',
      `annotations ${ANNOTATION_PREFIX}anycast and ${ANNOTATION_PREFIX}addresses: ${twice} is in both; name it in one of them only`,
    );
  }
  for (const address of anycast) checkClaim('anycast', address, claims);
  for (const address of addresses) checkClaim('addresses', address, claims);
}

function checkClaim(kind: 'anycast' | 'addresses', address: Address, by: ClaimsToCheck): void {
  const subject = `annotation ${ANNOTATION_PREFIX}${kind}: ${address}`;
  const verdict = by.policy(address, by.namespace, communitiesOn(by.communities, address));
  if (!verdict.allowed) {
    const { community, rule, message } = verdict;
    const refused =
      community === undefined ? subject : `annotation ${ANNOTATION_PREFIX}communities: ${community} on ${address}`;
    throw new FlockError('claimRefused', `${refused} is refused: ${message}`, { details: rule });
  }
  const family = familyOf(address);
  if (!by.families.includes(family)) {
    throw new FlockError(
      'familyMissing',
      `${subject} is refused: the pod has no IPv${family} address to route it to; set annotation ${ANNOTATION_PREFIX}ipv${family}: "true" (the node needs pools.ipv${family}), or remove the claim`,
    );
  }
}
