import type { Address } from '../model/address.ts';
import type { AttachmentKey, PodRef } from '../model/attachment.ts';
import type { CommunityClaim } from '../model/community.ts';

/** What one attachment has been given. Field by field the contract of `allocations.json`, in camelCase. */
export interface Allocation extends AttachmentKey {
  /**
   * `name` of the network configuration that added it. Absent when unknown: versions that predate the key did not store
   * it, and an interface's alias may have no room for it.
   */
  readonly network?: string | undefined;
  readonly pod: PodRef;
  /** Path of the pod's network namespace at ADD; empty when it was rebuilt from the kernel and could not be found. */
  readonly netns: string;
  readonly hostInterface: string;
  /** Hardware addresses of both ends, chosen at ADD so that a repeated ADD gives the same answer. */
  readonly hostMac: string;
  readonly podMac: string;
  readonly mtu: number;
  readonly ip6: Address | undefined;
  readonly ip4: Address | undefined;
  readonly anycast: readonly Address[];
  readonly addresses: readonly Address[];
  /** The communities of its claimed addresses; every address in it is in one of the two lists. */
  readonly communities: readonly CommunityClaim[];
  /** `pending` until the kernel has everything. */
  readonly state: 'pending' | 'committed';
  /** ISO 8601. */
  readonly allocatedAt: string;
}

/** Everything that the allocations file stores. */
export interface AllocationState {
  readonly node: string;
  /** BGP router id chosen earlier, so that a new host address never resets the sessions. */
  readonly routerId: Address | undefined;
  /**
   * Route protocol number of what the last start found or created in the kernel; a start with another number takes
   * those routes over. Undefined before the first start.
   */
  readonly routeProtocol?: number | undefined;
  /** Last IPv4 address allocated: the next search begins after it. */
  readonly lastIp4: Address | undefined;
  readonly allocations: readonly Allocation[];
}
