import type { Link } from '../kernel/ports.ts';
import type { Allocation } from './types.ts';

/**
 * Attachments of which nothing is left: neither their interface nor their sandbox. After a reboot, and after a
 * container that ended without DEL, no runtime deletes them (podman does not), and the pool would lose their addresses
 * permanently. An attachment whose sandbox still exists is kept: its runtime knows about it and will delete it.
 * @param links all of the host's. @param stands whether a sandbox exists, called only when the interface is gone.
 */
export function vanishedAmong(
  allocations: readonly Allocation[],
  links: readonly Link[],
  stands: (allocation: Allocation) => boolean,
): Allocation[] {
  const names = new Set(links.map(({ name }) => name));
  // Even if renamed, the host's end still connects the pod: it is recognised by its hardware address.
  const macs = new Set(links.filter(({ kind }) => kind === 'veth').map(({ mac }) => mac));
  const isPresent = ({ hostInterface, hostMac }: Allocation) => names.has(hostInterface) || macs.has(hostMac);
  return allocations.filter((allocation) => !isPresent(allocation) && !stands(allocation));
}
