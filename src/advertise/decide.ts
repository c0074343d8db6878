import type { ClaimPolicy } from '../allocation/claim-rules.ts';
import type { Allocation } from '../allocation/types.ts';
import { attachmentId } from '../model/attachment.ts';
import { type CommunityText, communitiesOn } from '../model/community.ts';
import { type ClaimedAddress, type ClaimIndex, indexClaims } from './claim-index.ts';
import { joinCommunities } from './communities.ts';
import { obstacle, overflow } from './obstacle.ts';
import { nearness } from './reasons.ts';
import { type Observations, type Standing, standingOf, type Withheld } from './standing.ts';
import type { AddressDecision, AddressNextHop, Claimant } from './types.ts';

/** Everything that the decision depends on. */
export interface DecideInput extends Observations {
  readonly allocations: readonly Allocation[];
  /**
   * Whether the namespace may claim the address today. The same function object is assumed to give the same answers.
   */
  readonly policy: ClaimPolicy;
}

/** The decisions on all claimed addresses, and their input. */
export interface Decisions {
  /** Sorted by address. An address for which nothing has changed keeps its object from the previous decisions. */
  readonly decisions: readonly AddressDecision[];
  /**
   * Ids of attachments whose readiness is not known yet. After a start, while the source is not synced or this is not
   * empty, a withdrawal would be a guess.
   */
  readonly undecided: readonly string[];
  /** For the next call of `decide`. */
  readonly basis: Basis;
}

interface Basis {
  readonly index: ClaimIndex;
  readonly policy: ClaimPolicy;
  readonly standings: ReadonlyMap<Allocation, Standing>;
}

/**
 * Decides which claimed addresses this node announces now, through which pods, and why the others are withheld.
 *
 * A claim counts when its pod is committed, wired, known to the source with the same uid, ready, not terminating, and
 * when its namespace may claim the address and the pod has an address of that family.
 * @param before the previous decisions, which spare the work on what has not changed. The result is the same without
 * them.
 */
export function decide(input: DecideInput, before?: Decisions): Decisions {
  const index = indexClaims(input.allocations, before?.basis.index);
  const standings = new Map<Allocation, Standing>();
  const moved = new Set<Allocation>();
  const undecided: string[] = [];
  for (const allocation of input.allocations) {
    const known = before?.basis.standings.get(allocation);
    const fresh = standingOf(allocation, input);
    const standing = known !== undefined && sameStanding(known, fresh) ? known : fresh;
    standings.set(allocation, standing);
    if (standing !== known) moved.add(allocation);
    if (standing.undecided) undecided.push(attachmentId(allocation));
  }
  const basis: Basis = { index, policy: input.policy, standings };
  return { decisions: decideAll(basis, moved, before), undecided, basis };
}

/** Decides on what may have changed, and reuses the rest. */
function decideAll(
  basis: Basis,
  moved: ReadonlySet<Allocation>,
  before: Decisions | undefined,
): readonly AddressDecision[] {
  const { index } = basis;
  const all = () => index.sorted.map((entry) => decideOne(entry, basis));
  if (before === undefined || before.basis.policy !== basis.policy) return all();
  if (before.basis.index === index) {
    if (moved.size === 0) return before.decisions;
    const decisions = before.decisions.slice();
    for (const allocation of moved) {
      for (const position of index.positions.get(allocation) ?? []) {
        const entry = index.sorted[position];
        if (entry !== undefined) decisions[position] = decideOne(entry, basis);
      }
    }
    return decisions;
  }
  const known = new Map(before.basis.index.sorted.map((entry, position) => [entry, before.decisions[position]]));
  return index.sorted.map((entry) => {
    const touched = entry.claims.some(({ allocation }) => moved.has(allocation));
    return (touched ? undefined : known.get(entry)) ?? decideOne(entry, basis);
  });
}

function sameStanding(a: Standing, b: Standing): boolean {
  return (
    a.undecided === b.undecided &&
    a.faults === b.faults &&
    a.withheld?.reason === b.withheld?.reason &&
    a.withheld?.message === b.withheld?.message
  );
}

function decideOne(entry: ClaimedAddress, { standings, policy }: Basis): AddressDecision {
  const claimants: Claimant[] = [];
  const nextHops: AddressNextHop[] = [];
  let communities: readonly CommunityText[] = [];
  let nearest: Withheld | undefined;
  for (const claim of entry.claims) {
    const { allocation } = claim;
    const via = entry.family === 4 ? allocation.ip4 : allocation.ip6;
    const asked = communitiesOn(allocation.communities, entry.address);
    const joined = joinCommunities(communities, asked);
    const withheld = obstacle(entry, claim, standings.get(allocation), policy) ?? overflow(entry, joined);
    if (withheld === undefined && joined !== undefined) communities = joined;
    const { namespace, name } = allocation.pod;
    claimants.push({ namespace, name, containerId: allocation.containerId, withheld });
    if (withheld === undefined) {
      if (via !== undefined) nextHops.push({ via, interface: allocation.hostInterface });
    } else if (nearest === undefined || nearness(withheld.reason) > nearness(nearest.reason)) nearest = withheld;
  }
  nextHops.sort((a, b) => (a.interface < b.interface ? -1 : a.interface > b.interface ? 1 : 0));
  const shown = nextHops.length > 0 ? undefined : nearest;
  return {
    address: entry.address,
    kind: entry.claims[0]?.kind ?? 'anycast',
    claimants,
    nextHops,
    communities,
    reason: shown?.reason,
    message: shown?.message,
  };
}
