import { type AttachmentKey, attachmentId } from '../model/attachment.ts';
import type { Allocation } from './types.ts';

/** Something that may name the network that it belongs to or comes from. */
interface OfNetwork {
  readonly network?: string | undefined;
}

/**
 * The network that an attachment belongs to, when that is not the requesting network. Undefined when either is not
 * named: then container id and interface name alone decide.
 */
export function ownerElsewhere(owned: OfNetwork, asking: OfNetwork): string | undefined {
  return owned.network !== asking.network && asking.network !== undefined ? owned.network : undefined;
}

/**
 * The attachments that a GC of a network deletes: its own that are not in the list of valid ones. One whose network is
 * unknown may belong to any, so it is deleted only when its sandbox is gone too.
 */
export function staleIn(
  network: string,
  valid: readonly AttachmentKey[],
  allocations: readonly Allocation[],
  stands: (allocation: Allocation) => boolean,
): Allocation[] {
  const keep = new Set(valid.map(attachmentId));
  return allocations.filter((allocation) => {
    if (keep.has(attachmentId(allocation))) return false;
    return allocation.network === undefined ? !stands(allocation) : allocation.network === network;
  });
}
