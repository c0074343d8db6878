import type { Withheld } from '../advertise/standing.ts';
import type { Allocation } from '../allocation/allocation.ts';
import { vanishedAmong } from '../allocation/vanished.ts';
import type { Link } from '../kernel/ports.ts';
import { podId } from '../model/attachment.ts';
import { quoteText } from '../model/printable.ts';
import type { Problem } from '../model/problem.ts';

/**
 * How long the host's end of a pod may carry nothing before that is reported, in milliseconds. A runtime that ends a
 * pod takes the sandbox down and sends DEL right after it.
 */
const GRACE_MS = 5_000;

/** What decides whether a pod that should be reachable is not. */
interface Reachability {
  readonly allocations: readonly Allocation[];
  /** Why a pod is not fit to be announced; `notWired` only where there is no other reason. */
  readonly withheld: (allocation: Allocation) => Withheld | undefined;
  /** Since when that has been so, ISO 8601. */
  readonly since: (allocation: Allocation) => string | undefined;
  /** The host's links by name. */
  readonly links: ReadonlyMap<string, Link>;
  /** Whether the sandbox of an attachment exists. */
  readonly stands: (allocation: Allocation) => boolean;
  /** The present moment, in milliseconds. */
  readonly now: number;
}

/**
 * Pods that are wired, have their manifest and are not ending, and whose host interface has been missing, down or without
 * carrier for a while: their own addresses are in an announced pool and dead. Of an attachment of which neither interface
 * nor sandbox is left nothing is reported, since the sweep releases it.
 * @returns one problem for each attachment concerned.
 */
export function unreachablePods(seen: Reachability): Problem<'podUnreachable'>[] {
  const links = [...seen.links.values()];
  return seen.allocations.flatMap((allocation) => {
    if (allocation.state !== 'committed' || seen.withheld(allocation)?.reason !== 'notWired') return [];
    const since = seen.since(allocation);
    if (since === undefined || seen.now - Date.parse(since) < GRACE_MS) return [];
    if (vanishedAmong([allocation], links, seen.stands).length > 0) return [];
    const { pod, ifname, containerId, ip4, ip6 } = allocation;
    const own = [ip4, ip6].filter((address) => address !== undefined).join(' and ');
    const subject = `pod ${podId(pod)}, interface ${ifname} of container ${containerId}`;
    return [
      {
        code: 'podUnreachable',
        message: `${subject}: no packet reaches ${own} since ${since}; ${fault(allocation, seen.links)}`,
      },
    ];
  });
}

/** What is wrong with the host's end, and what helps. */
function fault({ hostInterface, hostMac, ifname }: Allocation, links: ReadonlyMap<string, Link>): string {
  const link = links.get(hostInterface);
  if (link === undefined) {
    const renamed = [...links.values()].find(({ kind, mac }) => kind === 'veth' && mac === hostMac);
    if (renamed === undefined)
      return `${hostInterface} is missing on the host: delete the pod and let the runtime make it again`;
    return `${hostInterface} was renamed to ${quoteText(renamed.name)}: set it down, give it its name back (ip link set DEV name ${hostInterface}), and set it up`;
  }
  if (!link.up) return `${hostInterface} is down on the host: ip link set ${hostInterface} up`;
  return `${hostInterface} has no carrier, since ${ifname} in the pod is down: set that up, then repeat ADD; or restart the pod`;
}
