import type { Allocation } from '../allocation/types.ts';
import type { Link } from '../kernel/ports.ts';

/**
 * Whether the host's end of an attachment is there, under its own name or, known by its hardware address, under one that
 * somebody has given it: then the pod is still connected and uses its addresses.
 */
export function isPresent({ hostInterface, hostMac }: Allocation, links: readonly Link[]): boolean {
  return links.some(({ name, kind, mac }) => name === hostInterface || (kind === 'veth' && mac === hostMac));
}

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
  return allocations.filter((allocation) => !isPresent(allocation, links) && !stands(allocation));
}
