import type { AddressDecision } from '../advertise/decision.ts';
import type { WithheldReason } from '../advertise/reasons.ts';
import type { PublishResult } from '../bird/types.ts';
import type { Address } from '../model/address.ts';

/** What decides how a claimed address is shown. */
export interface AddressFacts {
  /** Whether BIRD has accepted it. */
  readonly announced: { has(address: Address): boolean };
  readonly birdConnected: boolean;
  readonly lastResult: PublishResult | undefined;
  /** Why one that BIRD has accepted is not told to a router, as BIRD's memory was last seen; undefined: it is told. */
  readonly shortfall: (address: Address) => { readonly reason: WithheldReason; readonly message: string } | undefined;
  /** Addresses to which packets do not take our host route, each with why. */
  readonly lost: { get(address: Address): { readonly message: string } | undefined };
}

/** How a claimed address is shown. */
export interface AddressState {
  readonly state: 'advertised' | 'withheld';
  /** Empty when advertised, as is the message. */
  readonly reason: WithheldReason | '';
  readonly message: string;
}

/**
 * The state of one claimed address: `advertised` only when BIRD answers, has it in its memory and tells a router of it,
 * else the first thing that stands in the way.
 */
export function addressState(decision: AddressDecision, facts: AddressFacts): AddressState {
  const withheld = (reason: WithheldReason, message: string) => ({ state: 'withheld' as const, reason, message });
  if (decision.reason !== undefined) return withheld(decision.reason, decision.message ?? '');
  if (!facts.birdConnected) return withheld('birdUnavailable', 'BIRD does not answer on its control socket');
  const shortfall = facts.shortfall(decision.address);
  if (facts.announced.has(decision.address)) {
    if (shortfall !== undefined) return withheld(shortfall.reason, shortfall.message);
    return { state: 'advertised', reason: '', message: '' };
  }
  const lost = facts.lost.get(decision.address);
  if (lost !== undefined) return withheld('routeFailed', lost.message);
  const { lastResult } = facts;
  if (lastResult?.ok !== false) return withheld('publishPending', 'BIRD has not been given it yet');
  if (lastResult.code !== 'birdUnavailable') return withheld('publishRefused', lastResult.message);
  // A BIRD that answers and does not take it up reads another file.
  const reason = shortfall?.reason === 'notInBird' ? 'notInBird' : 'birdUnavailable';
  return withheld(reason, lastResult.message);
}
