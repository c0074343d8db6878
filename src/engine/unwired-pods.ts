import type { Withheld } from '../advertise/standing.ts';
import type { Allocation } from '../allocation/types.ts';
import type { Link } from '../kernel/ports.ts';
import { podId } from '../model/attachment.ts';
import type { Problem } from './context.ts';

/** How long a pod may be without a working interface before that is a problem, in milliseconds: one that goes takes a moment. */
const GRACE_MS = 2_000;

/** What is known of the pods. */
export interface WiredPods {
  readonly allocations: readonly Allocation[];
  /** The host's links by name. */
  readonly links: ReadonlyMap<string, Link>;
  readonly withheld: (allocation: Allocation) => Withheld | undefined;
  /** Since when that is so, ISO 8601. */
  readonly since: (allocation: Allocation) => string | undefined;
}

/**
 * Pods that ADD has wired and whose host interface carries no packets: their own addresses lie in an announced pool and
 * answer nobody, whatever they claim.
 * @param now in milliseconds.
 * @returns one problem for each attachment concerned.
 */
export function unwiredPods({ allocations, links, withheld, since }: WiredPods, now: number): Problem[] {
  return allocations.flatMap((allocation) => {
    if (allocation.state !== 'committed' || withheld(allocation)?.reason !== 'notWired') return [];
    const from = since(allocation);
    if (from === undefined || now - Date.parse(from) < GRACE_MS) return [];
    const subject = `pod ${podId(allocation.pod)}, interface ${allocation.ifname} of container ${allocation.containerId}`;
    const message = `${subject}: no packets reach it since ${from}: ${obstacle(allocation, links)}`;
    return [{ code: 'notWired', message }];
  });
}

function obstacle({ hostInterface: name, ifname }: Allocation, links: ReadonlyMap<string, Link>): string {
  const link = links.get(name);
  if (link === undefined)
    return `its host interface ${name} is gone; let the runtime recreate the pod, or send its DEL if the container is gone`;
  if (!link.up) return `its host interface ${name} is down; run "ip link set ${name} up"`;
  return `its host interface ${name} has no carrier, so ${ifname} in the pod is down; restart the pod, or set ${ifname} up there and repeat ADD`;
}
