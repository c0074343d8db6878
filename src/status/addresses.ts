import type { AddressDecision, WithheldReason } from '../advertise/types.ts';
import type { PublishResult } from '../bird/types.ts';
import type { Address } from '../model/address.ts';

/** What decides how a claimed address is shown. */
export interface AddressFacts {
  /** Whether BIRD has accepted it. */
  readonly announced: { has(address: Address): boolean };
  readonly birdConnected: boolean;
  readonly lastResult: PublishResult | undefined;
  /** Addresses to which packets do not take our host route, each with why. */
  readonly lost: { get(address: Address): { readonly message: string } | undefined };
}

/**
 * The state of one claimed address: `advertised` only when BIRD has it in force and answers, else the first thing that
 * stands in the way.
 */
export function addressState(
  decision: AddressDecision,
  facts: AddressFacts,
): { readonly state: 'advertised' | 'withheld'; readonly reason: WithheldReason | ''; readonly message: string } {
  const withheld = (reason: WithheldReason, message: string) => ({ state: 'withheld' as const, reason, message });
  if (decision.reason !== undefined) return withheld(decision.reason, decision.message ?? '');
  if (!facts.birdConnected) return withheld('birdUnavailable', 'BIRD does not answer on its control socket');
  if (facts.announced.has(decision.address)) return { state: 'advertised', reason: '', message: '' };
  const lost = facts.lost.get(decision.address);
  if (lost !== undefined) return withheld('routeFailed', lost.message);
  const { lastResult } = facts;
  if (lastResult?.ok === false && lastResult.code === 'birdUnavailable')
    return withheld('birdUnavailable', lastResult.message);
  if (lastResult?.ok === false) return withheld('publishRefused', lastResult.message);
  return withheld('publishPending', 'BIRD has not been given it yet');
}
