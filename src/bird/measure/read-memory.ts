import { type BirdControl, BirdError, type ProtocolStatus, type RouteQuery } from '../../bird-control/types.ts';
import { type Address, FAMILIES, parseAddress } from '../../model/address.ts';
import { hostPrefix } from '../../model/prefix.ts';
import { announceProtocol } from '../names.ts';
import { type BirdMemory, type FamilyMemory, type Outline, outlineOf } from './memory.ts';

/** The part of BIRD's client that a check needs. */
type Asked = Pick<BirdControl, 'showRoutes' | 'countRoutes'>;

/** The announced addresses of each family. */
type AnnouncedByFamily = ReadonlyMap<Outline['family'], ReadonlySet<Address>>;

/**
 * Checks what BIRD has of the announced addresses, and to which sessions it exports them. BIRD counts ten thousand
 * routes in a millisecond and takes twenty to print them, so names are requested only if the counts differ, and nothing
 * at all if no route has been added or removed since the last check.
 * @param protocols BIRD's current answer to `show protocols all`.
 * @param before the last check; undefined compares by name, whatever the counts are.
 * @throws BirdError
 */
export async function readMemory(
  control: Asked,
  protocols: readonly ProtocolStatus[],
  announced: AnnouncedByFamily,
  before: BirdMemory | undefined,
): Promise<BirdMemory> {
  const memory = new Map<Outline['family'], FamilyMemory>();
  for (const family of FAMILIES) {
    const outline = outlineOf(family, protocols);
    const wanted = announced.get(family) ?? new Set();
    const known = before?.get(family);
    const same = known?.trace === outline.trace && known.announced === wanted;
    memory.set(family, same ? known : await look(control, outline, wanted, known === undefined));
  }
  return memory;
}

async function look(
  control: Asked,
  outline: Outline,
  announced: ReadonlySet<Address>,
  byName: boolean,
): Promise<FamilyMemory> {
  const { family, protocol, tellers, trace, count } = outline;
  const found = { family, protocol, tellers, trace, announced };
  const none: ReadonlySet<Address> = new Set();
  if (announced.size === 0) return { ...found, missing: none, untold: none };
  if (protocol !== 'up') return { ...found, missing: announced, untold: none };
  const name = announceProtocol(family);
  const complete = !byName && count === announced.size;
  const missing = complete ? none : lacking(announced, await names(control, { protocol: name }));
  const there = missing.size === 0 ? announced : lacking(announced, missing);
  return { ...found, missing, untold: await untold(control, name, tellers, there, count) };
}

/** Which of the addresses have been exported to no session. */
async function untold(
  control: Asked,
  protocol: string,
  tellers: readonly string[],
  there: ReadonlySet<Address>,
  count: number | undefined,
): Promise<ReadonlySet<Address>> {
  let rest = there;
  for (const toldTo of tellers) {
    if (rest.size === 0) break;
    try {
      const told = await control.countRoutes({ toldTo, protocol });
      if (told === 0) continue;
      if (told === count) return new Set();
      rest = lacking(rest, await names(control, { toldTo, protocol }));
    } catch (error) {
      // 9001 for a session that has gone down since it was listed.
      if (!(error instanceof BirdError) || error.kind !== 'refused') throw error;
    }
  }
  return tellers.length === 0 ? new Set() : rest;
}

/**
 * Networks as BIRD prints them; undefined when there are more than the client reads, so that nothing is known about
 * them.
 */
async function names(control: Asked, query: RouteQuery): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set((await control.showRoutes(query)).map(({ network }) => network));
  } catch (error) {
    if (error instanceof BirdError && error.kind === 'tooLarge') return undefined;
    throw error;
  }
}

function lacking(addresses: ReadonlySet<Address>, networks: ReadonlySet<string> | undefined): ReadonlySet<Address> {
  if (networks === undefined) return new Set();
  const missing = [...addresses].filter((address) => !networks.has(address) && !networks.has(hostPrefix(address)));
  if (missing.length === 0) return new Set();
  // BIRD spells a few IPv6 addresses differently from RFC 5952.
  const read = new Set([...networks].map((network) => parseAddress(network.split('/')[0] ?? '')));
  return new Set(missing.filter((address) => !read.has(address)));
}
