import type { Link } from '../kernel/ports.ts';
import type { Allocation } from './allocation.ts';

/**
 * Attachments of which nothing is left: neither their interface nor their sandbox. After a reboot, and after a container
 * that went without DEL, no runtime deletes them (podman does not), and their addresses would be lost to the pool for
 * good. An attachment whose sandbox still stands is kept: its runtime knows of it and will delete it.
 * @param links all of the host's. @param stands whether a sandbox stands, asked only where the interface is gone.
 */
export function vanishedAmong(
  allocations: readonly Allocation[],
  links: readonly Link[],
  stands: (allocation: Allocation) => boolean,
): Allocation[] {
  const names = new Set(links.map(({ name }) => name));
  // Under a name that somebody else has given it, the host's end still connects the pod: its hardware address tells.
  const macs = new Set(links.filter(({ kind }) => kind === 'veth').map(({ mac }) => mac));
  const isPresent = ({ hostInterface, hostMac }: Allocation) => names.has(hostInterface) || macs.has(hostMac);
  return allocations.filter((allocation) => !isPresent(allocation) && !stands(allocation));
}
