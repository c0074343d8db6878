import type { Change, Link, LinkAddress, Neighbour, Route } from '../kernel/ports.ts';
import type { Address } from '../model/address.ts';

/** What the kernel must have for one attachment, on both sides of its veth. */
export interface PodWiring {
  readonly hostInterface: string;
  readonly podInterface: string;
  readonly hostMac: string;
  readonly podMac: string;
  /** Whether the pod's end is known to have that MAC; it is not when an allocation was rebuilt without its sandbox. */
  readonly podMacKnown: boolean;
  readonly mtu: number;
  /** Interface alias on the host: identifies the attachment to a daemon that lost its file. */
  readonly alias: string;
  readonly ip6: Address | undefined;
  readonly ip4: Address | undefined;
  /** On the pod's `lo`. */
  readonly anycast: readonly Address[];
  /** On the pod's interface, beside ip6 and ip4. */
  readonly addresses: readonly Address[];
  readonly routeProtocol: number;
}

/** One end of the veth as the kernel has it. */
export interface ObservedSide {
  readonly link: Link;
  readonly addresses: readonly LinkAddress[];
  readonly routes: readonly Route[];
  readonly neighbours: readonly Neighbour[];
  /** Value of each sysctl that `desiredSysctls` lists for this side. */
  readonly sysctls: ReadonlyMap<string, string | undefined>;
}

/** The pod's end, with its loopback. */
export interface ObservedPodSide extends ObservedSide {
  readonly loopback: Link;
  /** What `podSysctls` asks for there. */
  readonly sysctlsWanted: ReadonlyMap<string, string>;
}

/** How to correct one thing. */
export type Fix =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'sysctl'; readonly path: string; readonly value: string };

/** One thing that the kernel lacks or has set differently. `text` is for CHECK's answer and the log. */
export interface Difference {
  readonly text: string;
  readonly fix: Fix;
}
