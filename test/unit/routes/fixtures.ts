import type { AddressDecision, AddressNextHop } from '../../../src/advertise/decision.ts';
import type { Address } from '../../../src/model/address.ts';
import { familyOf } from '../../../src/model/address.ts';
import type { HostLinks } from '../../../src/routes/desired.ts';
import type { DesiredRoutes, Hop } from '../../../src/routes/route-values.ts';
import { address } from '../model/fixtures.ts';

export const PROTOCOL = 202;

/** The hop to pod `number` for a claimed address: link index 10 + number. */
export function hop(claimed: Address, number: number): Hop {
  const via = familyOf(claimed) === 4 ? `10.1.1.${number + 1}` : `2001:db8:1:1::${number}`;
  return { via: address(via), linkIndex: 10 + number };
}

/** What is desired, as address texts with numbers of pods. */
export function desired(pods: Readonly<Record<string, readonly number[]>>): DesiredRoutes {
  return new Map(
    Object.entries(pods).map(([text, numbers]) => [address(text), numbers.map((number) => hop(address(text), number))]),
  );
}

/** Pods 1 to `count` have interfaces `flock00000001`, …, with link index 10 + number. */
export function links(count: number, down: readonly number[] = []): HostLinks {
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  return new Map(numbers.map((number) => [nameOf(number), { index: 10 + number, up: !down.includes(number) }]));
}

function nameOf(number: number): string {
  return `flock0000000${number}`;
}

/** A decision to announce an address through these pods. */
export function decision(text: string, pods: readonly number[]): AddressDecision {
  const nextHops = pods.map(
    (number): AddressNextHop => ({ via: hop(address(text), number).via, interface: nameOf(number) }),
  );
  const nothing = { claimants: [], communities: [], reason: undefined, message: undefined };
  return { address: address(text), kind: 'anycast', nextHops, ...nothing };
}

/** Decisions on several addresses. */
export function decisions(pods: Readonly<Record<string, readonly number[]>>): AddressDecision[] {
  return Object.entries(pods).map(([text, numbers]) => decision(text, numbers));
}
