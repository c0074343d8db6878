import { isEstablished } from '../../bird-control/running.ts';
import { type BirdControl, BirdError, type ProtocolStatus } from '../../bird-control/types.ts';
import { createExportReader, type ExportReader, type Told } from './exports.ts';

/** What BIRD has with one neighbour, over all sessions with that address. */
export interface Neighbor<T extends Told = Told> {
  /** Names of the sessions, for messages. */
  readonly sessions: readonly string[];
  /** Whether a session is up. */
  readonly established: boolean;
  /** What keeps the sessions down, in BIRD's words; empty for one that is up. */
  readonly state: string;
  /** Families of the channels that are up. */
  readonly families: ReadonlySet<string>;
  /**
   * Announced addresses and pools that pass the current export filters; undefined where BIRD could not be asked for
   * them.
   */
  readonly exports: T | undefined;
  /** Sessions whose router has said that it cannot send its routes again (RFC 2918). */
  readonly withoutRefresh?: readonly string[];
}

/** By address, as BIRD prints it. */
export type Neighbors = ReadonlyMap<string, Neighbor>;

/** The same, with what each is sent, by name: later changes are compared with it. */
export type NamedNeighbors = ReadonlyMap<string, Neighbor<ReadonlySet<string>>>;

/**
 * Asks BIRD for its neighbours and for what it would send each of them. BIRD determines that from its table with
 * the filters in force (`rt_show_net` in `nest/rt-show.c`), at the moment of the question: neither an UPDATE that BIRD
 * still holds back nor a refeed that is under way falsifies it.
 * @throws BirdError
 */
export function readNeighbors(control: BirdControl): Promise<Neighbors> {
  return read(control, (exports, session, families) => exports.told(session, families));
}

/** {@link readNeighbors}, with what each is sent, by name. @throws BirdError */
export function readNamedNeighbors(control: BirdControl): Promise<NamedNeighbors> {
  return read(control, (exports, session, families) => exports.named(session, families));
}

type Ask<T extends Told> = (exports: ExportReader, session: string, families: ReadonlySet<string>) => Promise<T>;

async function read<T extends Told>(
  control: BirdControl,
  ask: Ask<T>,
): Promise<ReadonlyMap<string, Neighbor<T | ReadonlySet<string>>>> {
  const neighbors = new Map<string, Neighbor<T | ReadonlySet<string>>>();
  const protocols = await control.showProtocols();
  const exports = createExportReader(control, new Set(protocols.map(({ name }) => name)));
  const sessions = Map.groupBy(protocols, ({ bgp }) => bgp?.neighborAddress);
  for (const [address, group] of sessions) {
    if (address === undefined) continue;
    const [first, ...others] = group;
    if (first === undefined) continue;
    if (others.length === 0) {
      neighbors.set(address, await readSession(first, (families) => ask(exports, first.name, families)));
      continue;
    }
    const all: Neighbor<ReadonlySet<string>>[] = [];
    for (const one of group) all.push(await readSession(one, (families) => exports.named(one.name, families)));
    neighbors.set(address, all.reduce(joined));
  }
  return neighbors;
}

async function readSession<T extends Told>(
  protocol: ProtocolStatus,
  ask: (families: ReadonlySet<string>) => Promise<T>,
): Promise<Neighbor<T | ReadonlySet<string>>> {
  const down = {
    sessions: [protocol.name],
    established: false,
    families: new Set<string>(),
    exports: new Set<string>(),
  };
  if (!isEstablished(protocol)) return { ...down, state: (protocol.info || protocol.state).replace(/\s+/g, ' ') };
  const families = new Set(protocol.channels.filter(({ state }) => state === 'UP').map(({ name }) => name));
  const withoutRefresh = protocol.bgp?.routeRefresh === false ? [protocol.name] : [];
  try {
    return { ...down, established: true, state: '', families, exports: await ask(families), withoutRefresh };
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    // 9001 for a session that went down since the question before; too many routes cannot be a reason to undo anything.
    if (error.kind === 'refused') return { ...down, state: 'just gone down' };
    if (error.kind === 'tooLarge') return { ...down, established: true, state: '', families, exports: undefined };
    throw error;
  }
}

function joined(a: Neighbor<ReadonlySet<string>>, b: Neighbor<ReadonlySet<string>>): Neighbor<ReadonlySet<string>> {
  return {
    sessions: [...a.sessions, ...b.sessions],
    established: a.established || b.established,
    state: [a.state, b.state].filter((state) => state !== '').join(', '),
    families: new Set([...a.families, ...b.families]),
    exports: a.exports && b.exports && new Set([...a.exports, ...b.exports]),
    withoutRefresh: [...(a.withoutRefresh ?? []), ...(b.withoutRefresh ?? [])],
  };
}
