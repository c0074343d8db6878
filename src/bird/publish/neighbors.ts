import { type BirdControl, BirdError, type BirdRoute, type ProtocolStatus } from '../../bird-control/types.ts';

import { FAMILIES } from '../../model/address.ts';
import { announceProtocol, summaryProtocol } from '../names.ts';

/** What BIRD has with one neighbour, over all sessions with that address. */
export interface Neighbor {
  /** Names of the sessions, for messages. */
  readonly sessions: readonly string[];
  /** Whether a session is up. */
  readonly established: boolean;
  /** What keeps the sessions down, in BIRD's words; empty for one that is up. */
  readonly state: string;
  /** Families of the channels that are up. */
  readonly families: ReadonlySet<string>;
  /**
   * Announced addresses and pools that pass the export filters of today; undefined where BIRD could not be asked for
   * them. What templates of the operator's announce beside them is theirs to take back.
   */
  readonly exports: ReadonlySet<string> | undefined;
}

/** The protocols that announced addresses and pools come from. */
const OURS: ReadonlySet<string> = new Set(
  FAMILIES.flatMap((family) => [announceProtocol(family), summaryProtocol(family)]),
);

/** By address, as BIRD prints it. */
export type Neighbors = ReadonlyMap<string, Neighbor>;

/**
 * Asks BIRD for its neighbours and for what it would tell each of them. That is worked out by BIRD from its table with
 * the filters in force (`rt_show_net` in `nest/rt-show.c`), at the moment of the question: neither an UPDATE that BIRD
 * still sits on nor a refeed that is under way falsifies it.
 * @throws BirdError
 */
export async function readNeighbors(control: BirdControl): Promise<Neighbors> {
  const neighbors = new Map<string, Neighbor>();
  for (const protocol of await control.showProtocols()) {
    const address = protocol.bgp?.neighborAddress;
    if (address === undefined) continue;
    const one = await readSession(control, protocol);
    const other = neighbors.get(address);
    neighbors.set(address, other === undefined ? one : joined(other, one));
  }
  return neighbors;
}

/** Whether a BGP session is up. */
export function isEstablished(protocol: ProtocolStatus): boolean {
  return protocol.state === 'up' && protocol.info.startsWith('Established');
}

async function readSession(control: BirdControl, protocol: ProtocolStatus): Promise<Neighbor> {
  const down = {
    sessions: [protocol.name],
    established: false,
    families: new Set<string>(),
    exports: new Set<string>(),
  };
  if (!isEstablished(protocol)) return { ...down, state: protocol.info || protocol.state };
  const families = new Set(protocol.channels.filter(({ state }) => state === 'UP').map(({ name }) => name));
  try {
    const routes = await control.showRoutes({ exportedTo: protocol.name });
    const exports = routes.filter(({ protocol: from }) => OURS.has(from)).map(({ network }) => network);
    return { ...down, established: true, state: '', families, exports: new Set(exports) };
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    // 9001 for a session that went down since the question before; too many routes can be no reason to undo anything.
    if (error.kind === 'refused') return { ...down, state: 'just gone down' };
    if (error.kind === 'tooLarge') return { ...down, established: true, state: '', families, exports: undefined };
    throw error;
  }
}

function joined(a: Neighbor, b: Neighbor): Neighbor {
  return {
    sessions: [...a.sessions, ...b.sessions],
    established: a.established || b.established,
    state: [a.state, b.state].filter((state) => state !== '').join(', '),
    families: new Set([...a.families, ...b.families]),
    exports: a.exports && b.exports && new Set([...a.exports, ...b.exports]),
  };
}

/** Whether BIRD has a route to exactly this network at all. @throws BirdError */
export async function hasRoute(control: BirdControl, network: string): Promise<boolean> {
  const routes: readonly BirdRoute[] = await control.showRoutes({ network });
  return routes.length > 0;
}
