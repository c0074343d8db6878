import type { BirdControl } from '../../bird-control/types.ts';
import { networksOfOurs } from './exports.ts';
import type { NamedNeighbors, Neighbors } from './neighbors.ts';

/** What a neighbour was sent before a change and would not be sent after it. */
export interface Loss {
  readonly neighbor: string;
  readonly sessions: readonly string[];
  readonly networks: readonly string[];
}

/** What must stay advertised, whatever a change of the configuration does. */
export interface Intended {
  /** Addresses of the neighbours that the configuration has. */
  readonly neighbors: readonly string[];
  /** Networks of the pools, which are announced as a whole. */
  readonly summaries: readonly string[];
}

/**
 * What neighbours would lose. Only neighbours that are up both times count, and only families that they have both times:
 * the other differences are about sessions, which the text shows.
 */
export function exportsLost(before: NamedNeighbors, now: Neighbors): Loss[] {
  const losses: Loss[] = [];
  for (const [neighbor, old] of before) {
    const current = now.get(neighbor);
    if (!old.established || current?.established !== true) continue;
    const told = current.exports;
    // Where everything is sent, BIRD no longer has a route to what is missing.
    if (told === undefined || told === 'everything' || old.exports === undefined) continue;
    const networks = [...old.exports].filter(
      (network) => !told.has(network) && current.families.has(network.includes(':') ? 'ipv6' : 'ipv4'),
    );
    if (networks.length > 0) losses.push({ neighbor, sessions: current.sessions, networks });
  }
  return losses;
}

/** From so many networks on, BIRD is asked for all that it has instead of one by one. */
const MANY = 20;

/**
 * Leaves out what is lost for a good reason: BIRD has no route of flockd's to the network any more, since a pod's device
 * vanished meanwhile, its address is announced no more, or the operator removed the route, and it is no pool of ours
 * either. A route from a router, which may have the same anycast address from another node, does not count.
 * @throws BirdError
 */
export async function unjustified(
  losses: readonly Loss[],
  { summaries }: Intended,
  control: BirdControl,
): Promise<Loss[]> {
  const asked = new Set(losses.flatMap(({ networks }) => networks));
  if (asked.size === 0) return [];
  const there = new Set([...summaries, ...(await networksOfOurs(control, asked.size < MANY ? [...asked] : undefined))]);
  return losses
    .map((loss) => ({ ...loss, networks: loss.networks.filter((network) => there.has(network)) }))
    .filter(({ networks }) => networks.length > 0);
}

/** Networks that a message names; of more it gives the number. */
const NAMED = 3;

/** `tor1 (10.0.0.254) would no longer receive 192.0.2.1/32, 192.0.2.2/32 and 3 more`. */
export function lossText(losses: readonly Loss[]): string {
  return losses
    .map(({ neighbor, sessions, networks }) => {
      const rest = networks.length - NAMED;
      const named = networks.slice(0, NAMED).join(', ');
      return `${sessions.join(', ')} (${neighbor}) would no longer receive ${named}${rest > 0 ? ` and ${rest} more` : ''}`;
    })
    .join('; ');
}
