import type { Allocation } from '../allocation/allocation.ts';
import { errorText } from '../errors.ts';
import type { Address } from '../model/address.ts';
import { isSamePod, podId } from '../model/attachment.ts';
import { formatCommunityClaim } from '../model/community.ts';
import type { Problem } from '../model/problem.ts';
import { type PodAnnotations, parseAnnotations } from '../pods/annotations.ts';
import type { Pod, PodSnapshot } from '../pods/pod-source.ts';

/**
 * What manifests ask for now and wired pods were not given: ADD fixes claims and families, so a later edit waits for
 * the next ADD.
 * @returns one problem for each attachment concerned.
 */
export function pendingEdits(
  allocations: readonly Allocation[],
  { pods }: Pick<PodSnapshot, 'pods'>,
): Problem<'annotationPending'>[] {
  const problems: Problem<'annotationPending'>[] = [];
  for (const allocation of allocations) {
    const pod = pods.get(podId(allocation.pod));
    if (pod === undefined || !isSamePod(pod, allocation.pod)) continue;
    const edits = editsOf(pod, allocation);
    if (edits.length === 0) continue;
    const subject = `pod ${podId(pod)}, interface ${allocation.ifname} of container ${allocation.containerId}`;
    const message = `${subject}: ${edits.join('; ')}; delete and add the pod to apply this`;
    problems.push({ code: 'annotationPending', message });
  }
  return problems;
}

function editsOf(pod: Pod, allocation: Allocation): string[] {
  let wishes: PodAnnotations;
  try {
    wishes = parseAnnotations(pod.annotations).value;
  } catch (error) {
    return [`${errorText(error)}; the pod keeps what it was given`];
  }
  return [
    ...claimEdits('anycast', wishes.anycast, allocation.anycast),
    ...claimEdits('addresses', wishes.addresses, allocation.addresses),
    ...claimEdits(
      'communities',
      wishes.communities.map(formatCommunityClaim),
      allocation.communities.map(formatCommunityClaim),
    ),
    ...familyEdits('ipv4', wishes.ipv4, allocation.ip4),
    ...familyEdits('ipv6', wishes.ipv6, allocation.ip6),
  ];
}

function claimEdits(key: string, asked: readonly string[], given: readonly string[]): string[] {
  const added = asked.filter((address) => !given.includes(address));
  const dropped = given.filter((address) => !asked.includes(address));
  return [
    ...(added.length === 0 ? [] : [`annotation ${key} asks for ${added.join(', ')}, which it was not given`]),
    ...(dropped.length === 0 ? [] : [`annotation ${key} no longer names ${dropped.join(', ')}, which it still has`]),
  ];
}

function familyEdits(key: string, asked: boolean | undefined, given: Address | undefined): string[] {
  if (asked === undefined || asked === (given !== undefined)) return [];
  return [`annotation ${key} is ${asked} now, and the pod has ${given ?? 'no such address'}`];
}
