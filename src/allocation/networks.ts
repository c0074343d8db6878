import { type AttachmentKey, attachmentId } from '../model/attachment.ts';
import type { Allocation } from './allocation.ts';

/** Something that may say which network it belongs to, or comes from. */
interface OfNetwork {
  readonly network?: string | undefined;
}

/**
 * The network that an attachment belongs to, when it is another one than the network that asks. Undefined where either
 * does not say: then container id and interface name alone decide.
 */
export function ownerElsewhere(owned: OfNetwork, asking: OfNetwork): string | undefined {
  return owned.network !== asking.network && asking.network !== undefined ? owned.network : undefined;
}

/**
 * The attachments that a GC of a network deletes: its own that are not in the list of valid ones. One that no network is
 * known for may be any network's, so it goes only when its sandbox is gone too.
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
