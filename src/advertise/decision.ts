import type { Address } from '../model/address.ts';
import type { CommunityText } from '../model/community.ts';
import type { WithheldReason } from './reasons.ts';

/** How a pod holds a claimed address: `anycast` on its `lo`, `addresses` on its `eth0`. */
export type ClaimKind = 'anycast' | 'addresses';

/** One pod that claims an address, and whether its claim counts now. */
export interface Claimant {
  readonly namespace: string;
  readonly name: string;
  readonly containerId: string;
  /** undefined: eligible. */
  readonly withheld: { readonly reason: WithheldReason; readonly message: string } | undefined;
}

/** Where packets to a claimed address go on this host. */
export interface AddressNextHop {
  /** The pod's eth0 address of the same family. */
  readonly via: Address;
  readonly interface: string;
}

/** The decision on one address. Next hops are sorted; empty means: withhold, because of `reason`. */
export interface AddressDecision {
  readonly address: Address;
  readonly kind: ClaimKind;
  readonly claimants: readonly Claimant[];
  readonly nextHops: readonly AddressNextHop[];
  /** The communities of the announcement: all that the eligible pods ask for, each once, sorted. */
  readonly communities: readonly CommunityText[];
  /** The reason of the claimant nearest to being advertised; undefined when next hops exist. */
  readonly reason: WithheldReason | undefined;
  readonly message: string | undefined;
}
