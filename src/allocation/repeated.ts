import { FlockError } from '../errors.ts';
import { type NetworkAttachment, type PodRef, podId } from '../model/attachment.ts';
import type { Allocation } from './allocation.ts';
import { ownerElsewhere } from './networks.ts';

/**
 * What an attachment that is allocated has after another ADD of it: a repeated one, or one that a crash interrupted. Only
 * the sandbox may differ, and what was not known of network and uid.
 * @returns `known` itself where nothing changes.
 * @throws FlockError `environmentInvalid` for an interface of another network, or a container of another pod.
 */
export function repeatedAllocation(
  known: Allocation,
  asked: NetworkAttachment & { readonly pod: PodRef; readonly netns: string },
): Allocation {
  const owner = ownerElsewhere(known, asked);
  if (owner !== undefined) {
    throw new FlockError(
      'environmentInvalid',
      `CNI_IFNAME: interface ${known.ifname} of container ${known.containerId} belongs to network ${owner}, and network ${asked.network} cannot add it too: name another interface, or delete it from ${owner} first`,
    );
  }
  if (podId(known.pod) !== podId(asked.pod)) {
    throw new FlockError(
      'environmentInvalid',
      `CNI_ARGS: container ${known.containerId} was added for pod ${podId(known.pod)}, and is now said to be ${podId(asked.pod)}; delete it first`,
    );
  }
  const network = known.network ?? asked.network;
  if (known.netns === asked.netns && known.pod.uid === asked.pod.uid && known.network === network) return known;
  return { ...known, network, netns: asked.netns, pod: asked.pod };
}
