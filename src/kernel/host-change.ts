import type { Address } from '../model/address.ts';

/** What of the host's changes concerns a listener. Asked for every event, so it answers from memory. */
export interface HostInterest {
  /** Kernel route protocol number of our routes and next hop objects. */
  readonly protocol: number;
  /** What a link is: a pod's, or another one of the host's; undefined when it is not known. */
  kindOf(linkIndex: number): 'pod' | 'host' | undefined;
  /** Whose an address is: the index of a pod's link for its own address, `claim` for a claimed one; else undefined. */
  ownerOf(address: Address): number | 'claim' | undefined;
}

/** Where to look, since something may have changed there. What is so has to be read. */
export interface HostChange {
  /** Any link. */
  readonly links: boolean;
  /** Indexes of pods' links: their addresses, neighbours, sysctls, or our routes straight to them. */
  readonly ends: ReadonlySet<number>;
  /** Routes and next hop objects of ours, others' routes to addresses of ours, or rules that choose a routing table. */
  readonly routes: boolean;
  /** Addresses of the host itself, its default routes and its routes straight to a link. */
  readonly host: boolean;
  /** What the host forwards: sysctls of all links or of one of the host's own. */
  readonly sysctls: boolean;
  /** Events were lost: everything, and every link of a pod. */
  readonly lost: boolean;
}
