import { type Address, compareAddresses } from '../model/address.ts';
import type { AddressDecision } from './decision.ts';

/** What changed between two sets of decisions. */
interface DecisionChanges {
  /** Decisions that are new or different, sorted by address. */
  readonly changed: readonly AddressDecision[];
  /** Addresses that are no longer claimed, sorted. */
  readonly gone: readonly Address[];
}

/**
 * Compares two sorted lists of decisions. What `decide` has kept is the same object in both, so 10,000 decisions with
 * one change cost a walk over two arrays and no comparison of values.
 */
export function diffDecisions(previous: readonly AddressDecision[], next: readonly AddressDecision[]): DecisionChanges {
  const changed: AddressDecision[] = [];
  const gone: Address[] = [];
  if (previous === next) return { changed, gone };
  let at = 0;
  for (const decision of next) {
    let old = previous[at];
    while (
      old !== undefined &&
      old.address !== decision.address &&
      compareAddresses(old.address, decision.address) < 0
    ) {
      gone.push(old.address);
      at += 1;
      old = previous[at];
    }
    if (old?.address === decision.address) at += 1;
    if (old !== decision) changed.push(decision);
  }
  for (const old of previous.slice(at)) gone.push(old.address);
  return { changed, gone };
}
