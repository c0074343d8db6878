import type { ClaimPolicy } from '../allocation/claim-rules.ts';
import type { Allocation } from '../allocation/types.ts';
import { podId } from '../model/attachment.ts';
import { type CommunityText, communitiesOn, MOST_COMMUNITIES } from '../model/community.ts';
import { ANNOTATION_PREFIX } from '../model/names.ts';
import type { PodFault } from '../wiring/pod-faults.ts';
import type { Claim, ClaimedAddress } from './claim-index.ts';
import { nearness } from './reasons.ts';
import type { Standing, Withheld } from './standing.ts';

/**
 * A pod whose communities do not fit in addition to those of the previous pods, and which would be announced without
 * them.
 */
export function overflow(
  { address }: ClaimedAddress,
  joined: readonly CommunityText[] | undefined,
): Withheld | undefined {
  if (joined !== undefined) return undefined;
  const message = `annotation ${ANNOTATION_PREFIX}communities: with those of the other pods that claim it, ${address} would carry more than ${MOST_COMMUNITIES}`;
  return { reason: 'notAllowed', message };
}

/** The farthest obstacle of one claim: that of the attachment, or one of this particular address. */
export function obstacle(
  { address, family }: ClaimedAddress,
  { kind, allocation }: Claim,
  standing: Standing | undefined,
  policy: ClaimPolicy,
): Withheld | undefined {
  const candidates: (Withheld | undefined)[] = [standing?.withheld];
  const verdict = policy(address, allocation.pod.namespace, communitiesOn(allocation.communities, address));
  if (!verdict.allowed) {
    const { community, message } = verdict;
    const refused = community === undefined ? `${kind}: ${address}` : `communities: ${community} on ${address}`;
    candidates.push({
      reason: 'notAllowed',
      message: `annotation ${ANNOTATION_PREFIX}${refused} is refused: ${message}`,
    });
  }
  if ((family === 4 ? allocation.ip4 : allocation.ip6) === undefined) {
    const message = `the pod ${podId(allocation.pod)} has no IPv${family} address`;
    candidates.push({ reason: 'familyMissing', message });
  }
  const faults = (standing?.faults ?? []).filter(
    ({ concerns }) => concerns === 'all' || concerns === family || concerns === address,
  );
  candidates.push(alteration(allocation, faults));
  return farthest(candidates);
}

/** Why none of a pod's claims may be announced, as opposed to obstacles of single ones. */
export function podObstacle(allocation: Allocation, { withheld, faults = [] }: Standing): Withheld | undefined {
  return farthest([withheld, alteration(allocation, faults)]);
}

function alteration({ pod }: Allocation, faults: readonly PodFault[]): Withheld | undefined {
  if (faults.length === 0) return undefined;
  const texts = faults.map(({ text }) => text).join(', ');
  const message = `the pod ${podId(pod)} has altered its own end: ${texts}; repeat ADD, or restart the pod`;
  return { reason: 'podAltered', message };
}

function farthest(candidates: readonly (Withheld | undefined)[]): Withheld | undefined {
  const present = candidates.filter((candidate) => candidate !== undefined);
  return present.sort((a, b) => nearness(a.reason) - nearness(b.reason))[0];
}
