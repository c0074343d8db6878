import type { Allocation } from '../../allocation/allocation.ts';
import { FlockError } from '../../errors.ts';
import type { Link, LinkSettings, NetworkNamespace, Route } from '../../kernel/ports.ts';
import type { Logger } from '../../log.ts';
import { formatPrefix } from '../../model/prefix.ts';
import { strayDeviceRoutes } from '../../routes/stray.ts';
import { ownDifferences } from '../../wiring/differences.ts';
import { endSysctls, listedSysctls } from '../../wiring/end-sysctls.ts';
import { mendHost } from '../../wiring/mend.ts';
import { wiringOf } from '../../wiring/of-allocation.ts';
import type { ObservedSide } from '../../wiring/pod-wiring.ts';
import { guardSysctls, hostSysctls } from '../../wiring/sysctls.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { isSameList } from './same-list.ts';

/** The host's end of a wired pod. */
export interface HostEnd {
  readonly allocation: Allocation;
  readonly link: Link;
}

/** The result of comparing one end. */
export type Comparison = 'sound' | 'repaired' | { readonly failure: string };

/** The result of comparing all of them. */
interface Compared {
  /** Those of our protocol, as they were read first. */
  readonly routes: readonly Route[];
  /** Everything that was listed. */
  readonly seen: readonly unknown[];
  /** Nothing was wrong, and everything that counts is in `seen`: what is read out of files may change while all lists stay. */
  readonly isSound: boolean;
}

/** From this number of ends on their sysctls are listed for all links at once. */
const MANY = 4;

/**
 * Compares ends with what ADD made, and repairs what differs.
 * @param known what a comparison has seen when nothing was wrong. Where all that is listed is the same, nothing is
 * compared. @param onCompared called for each end as soon as its result is known.
 * @throws KernelError when the host cannot be read; the ends reported before that are done.
 */
export async function compareEnds(
  { kernel: { host }, store, log }: EnginePorts,
  state: EngineState,
  ends: readonly HostEnd[],
  known: readonly unknown[] | undefined,
  onCompared: (end: HostEnd, comparison: Comparison) => void,
): Promise<Compared | 'as known'> {
  const protocol = state.config.routeProtocol;
  const [only] = ends.length === 1 ? ends : [];
  const [addresses, routes, neighbours] = await Promise.all([
    host.addresses(only?.link.index),
    host.routes({ protocol }),
    host.neighbours(only?.link.index),
  ]);
  const neighboursOf = Map.groupBy(neighbours, ({ linkIndex }) => linkIndex);
  const settings = ends.length >= MANY ? await host.linkSettings() : new Map<number, LinkSettings>();
  const pods = new Set(ends.map(({ link }) => link.index));
  // Entries of the uplinks appear, disappear and age all the time.
  const own = [
    ...addresses.filter(({ linkIndex }) => pods.has(linkIndex)),
    ...neighbours.filter(({ linkIndex, permanent }) => permanent && pods.has(linkIndex)),
  ];
  const seen = [state.host.links, store.state.allocations, state.config, settings, ...routes, ...own];
  if (isSameList(known, seen)) return 'as known';
  let isSound = true;
  const addressesOf = Map.groupBy(addresses, ({ linkIndex }) => linkIndex);
  const routesOf = Map.groupBy(routes, ({ linkIndex }) => linkIndex);
  for (const end of ends) {
    const { index } = end.link;
    const { comparison, isListed } = await compareOne(host, log, state, end, settings.get(index), {
      addresses: addressesOf.get(index) ?? [],
      routes: routesOf.get(index) ?? [],
      neighbours: neighboursOf.get(index) ?? [],
    });
    if (comparison !== 'sound' || !isListed) isSound = false;
    onCompared(end, comparison);
  }
  return { routes, seen, isSound };
}

/**
 * @param settings what the kernel has listed of its sysctls; the others are read.
 * @param has what the link has; of the routes those of our protocol.
 * @returns the result, and whether every sysctl was listed.
 */
async function compareOne(
  host: NetworkNamespace,
  log: Logger,
  state: EngineState,
  { allocation, link: known }: HostEnd,
  settings: LinkSettings | undefined,
  has: Pick<ObservedSide, 'addresses' | 'routes' | 'neighbours'>,
): Promise<{ readonly comparison: Comparison; readonly isListed: boolean }> {
  const wiring = wiringOf(allocation, state.config);
  // It may have been repaired since all links were read.
  const link = ownDifferences(wiring, known).length === 0 ? known : await host.link(known.name);
  if (link?.index !== known.index) return { comparison: 'sound', isListed: true };
  const wanted = new Map([...hostSysctls(wiring), ...guardSysctls(wiring)]);
  const listed = listedSysctls(link.name, settings, has.addresses);
  const sysctls = endSysctls(host, wanted, listed);
  const isListed = [...wanted.keys()].every((path) => listed.has(path));
  let wrong: string[];
  try {
    wrong = await mendHost(host, wiring, { link, ...has, sysctls });
  } catch (error) {
    if (!(error instanceof FlockError)) throw error;
    // DEL may have taken the link in the meantime.
    const isGone = (await host.link(link.name)) === undefined;
    return { comparison: isGone ? 'sound' : { failure: error.message }, isListed };
  }
  if (wrong.length === 0) return { comparison: 'sound', isListed };
  log.warn({ interface: link.name, wrong }, 'the host side of a pod was not as ADD had made it; repaired');
  return { comparison: 'repaired', isListed };
}

/** Removes routes of our protocol that lead to no pod. @returns what could not be removed, a sentence each. */
export async function removeStrays(
  { kernel: { host }, store, log }: EnginePorts,
  state: EngineState,
  routes: readonly Route[],
): Promise<string[]> {
  const strays = strayDeviceRoutes(routes, store.state.allocations, state.host.links);
  const names = strays.map(({ destination }) => formatPrefix(destination));
  if (strays.length > 0) log.warn({ routes: names }, 'routes with our protocol that lead to no pod; removed');
  const results = await host.apply(strays);
  return results.flatMap((result, at) =>
    result.ok ? [] : [`the route to ${names[at]} stays: the kernel refuses: ${result.message ?? result.errno}`],
  );
}
