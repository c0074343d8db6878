import type { Address } from '../model/address.ts';

/** Which changes of the host concern a listener. Asked for every event, so it answers from memory. */
export interface HostInterest {
  /** Kernel route protocol number of our routes and next hop objects. */
  readonly protocol: number;
  /** What a link is: a pod's, or another link of the host; undefined when not known. */
  kindOf(linkIndex: number): 'pod' | 'host' | undefined;
  /**
   * Owner of an address: the index of a pod's link for the pod's own address, `claim` for a claimed one; else
   * undefined.
   */
  ownerOf(address: Address): number | 'claim' | undefined;
}

/** Where something may have changed. The actual state has to be read. */
export interface HostChange {
  /** Any link. */
  readonly links: boolean;
  /** Indexes of pods' links: their addresses, neighbours, sysctls, or our routes directly to them. */
  readonly ends: ReadonlySet<number>;
  /** Our routes and next hop objects, others' routes to our addresses, or rules that choose a routing table. */
  readonly routes: boolean;
  /** Addresses of the host itself, its default routes and its routes directly to a link. */
  readonly host: boolean;
  /** What the host forwards: sysctls of `all` or of one of the host's own links. */
  readonly sysctls: boolean;
  /** Events were lost: everything, and every link of a pod. */
  readonly lost: boolean;
}
