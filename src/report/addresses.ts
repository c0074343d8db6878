import type { AddressDecision } from '../advertise/decision.ts';
import type { WithheldReason } from '../advertise/reasons.ts';
import type { PublishResult } from '../bird/types.ts';
import type { Address } from '../model/address.ts';

/** What determines how a claimed address is shown. */
export interface AddressFacts {
  /** Whether BIRD has accepted it. */
  readonly announced: { has(address: Address): boolean };
  readonly birdConnected: boolean;
  readonly lastResult: PublishResult | undefined;
  /**
   * Why one that BIRD has accepted is not announced to a router, according to the last check of BIRD's memory;
   * undefined: it is announced.
   */
  readonly shortfall: (address: Address) => { readonly reason: WithheldReason; readonly message: string } | undefined;
  /** Addresses to which packets do not take our host route, each with the reason. */
  readonly lost: { get(address: Address): { readonly message: string } | undefined };
}

/** How a claimed address is shown. */
interface AddressState {
  readonly state: 'advertised' | 'withheld';
  /** Empty when advertised, as is the message. */
  readonly reason: WithheldReason | '';
  readonly message: string;
}

/**
 * The state of one claimed address: `advertised` only when BIRD answers, has it in memory and announces it to a router,
 * else the first obstacle.
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
  // A BIRD that answers but does not load it reads another file.
  const reason = shortfall?.reason === 'notInBird' ? 'notInBird' : 'birdUnavailable';
  return withheld(reason, lastResult.message);
}
