import type { BirdControl, RouteQuery } from '../../bird-control/types.ts';
import { FAMILIES } from '../../model/address.ts';
import { announceProtocol, summaryProtocol } from '../names.ts';

/** The protocols that announced addresses and pools come from, and the channel of a session that they go out over. */
const OURS: ReadonlyMap<string, string> = new Map(
  FAMILIES.flatMap((family) => [
    [announceProtocol(family), `ipv${family}`],
    [summaryProtocol(family), `ipv${family}`],
  ]),
);

/**
 * What of ours is advertised over one session: the networks, or all that there are. What templates of the operator's
 * announce besides them may be withdrawn by them.
 */
export type Told = ReadonlySet<string> | 'everything';

/** Determines what is advertised over sessions, at one moment. */
export interface ExportReader {
  /** @param families names of the channels that are up. @throws BirdError */
  told(session: string, families: ReadonlySet<string>): Promise<Told>;
  /** The same by name. @throws BirdError */
  named(session: string, families: ReadonlySet<string>): Promise<ReadonlySet<string>>;
}

/**
 * BIRD counts ten thousand routes in a millisecond and takes twenty to print them. So it is asked for the number of our
 * routes, and how many of them the filters let through to a session: where these are the same, everything is advertised
 * over the session, and the names are requested only once, if at all.
 * @param running names of BIRD's protocols.
 */
export function createExportReader(control: BirdControl, running: ReadonlySet<string>): ExportReader {
  const ours = [...OURS].filter(([protocol]) => running.has(protocol));
  const counts = new Map<string, number>();
  const names = new Map<string, readonly string[]>();

  async function count(protocol: string): Promise<number> {
    const known = counts.get(protocol) ?? (await control.countRoutes({ protocol }));
    counts.set(protocol, known);
    return known;
  }

  async function list(protocol: string): Promise<readonly string[]> {
    const known = names.get(protocol) ?? (await networks(control, { protocol }));
    names.set(protocol, known);
    return known;
  }

  function protocolsOf(families: ReadonlySet<string>): string[] {
    return ours.filter(([, family]) => families.has(family)).map(([protocol]) => protocol);
  }

  async function told(session: string, families: ReadonlySet<string>): Promise<Told> {
    const protocols = protocolsOf(families);
    const exported = new Map<string, number>();
    for (const protocol of protocols) {
      exported.set(protocol, await control.countRoutes({ exportedTo: session, protocol }));
    }
    let everything = true;
    for (const [protocol, number] of exported) everything &&= number === (await count(protocol));
    if (everything) return 'everything';
    const set = new Set<string>();
    for (const [protocol, number] of exported) {
      if (number === 0) continue;
      for (const network of await networks(control, { exportedTo: session, protocol })) set.add(network);
    }
    return set;
  }

  return {
    told,
    async named(session, families) {
      const set = await told(session, families);
      if (set !== 'everything') return set;
      const all: string[] = [];
      for (const protocol of protocolsOf(families)) all.push(...(await list(protocol)));
      return new Set(all);
    },
  };
}

/** Networks of the routes of ours that a query finds. @throws BirdError */
async function networks(control: BirdControl, query: RouteQuery): Promise<string[]> {
  const routes = await control.showRoutes(query);
  return routes.filter(({ protocol }) => OURS.has(protocol)).map(({ network }) => network);
}

/**
 * Networks that BIRD has a route of ours to.
 * @param among exactly these are requested; undefined requests all announced addresses, and no pools.
 * @throws BirdError
 */
export async function networksOfOurs(control: BirdControl, among: readonly string[] | undefined): Promise<string[]> {
  const queries: RouteQuery[] =
    among === undefined
      ? FAMILIES.map((family) => ({ protocol: announceProtocol(family) }))
      : among.map((network) => ({ network }));
  const found: string[] = [];
  for (const query of queries) found.push(...(await networks(control, query)));
  return found;
}
