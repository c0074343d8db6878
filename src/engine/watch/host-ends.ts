import { isDeepStrictEqual } from 'node:util';
import type { Allocation } from '../../allocation/types.ts';
import { FlockError } from '../../errors.ts';
import type { Link, LinkSettings, Route } from '../../kernel/ports.ts';
import { attachmentId } from '../../model/attachment.ts';
import { formatPrefix } from '../../model/prefix.ts';
import { strayDeviceRoutes } from '../../routes/stray.ts';
import { ownDifferences } from '../../wiring/differences.ts';
import { endSysctls, listedSysctls } from '../../wiring/end-sysctls.ts';
import { mendHost } from '../../wiring/mend.ts';
import { wiringOf } from '../../wiring/of-allocation.ts';
import { guardSysctls, hostSysctls } from '../../wiring/sysctls.ts';
import type { ObservedSide } from '../../wiring/types.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import { isFought, type Repairs, withRepair } from './repeats.ts';

/** What became of pods' links since the last look, by their indexes. */
export interface MendedEnds {
  /** They were down: the kernel has dropped the routes and next hop objects through them. */
  readonly fallen: ReadonlySet<number>;
  /**
   * They had no carrier for a moment, or have none: the kernel has dropped the next hop objects through them, and kept
   * the routes (nh_netdev_event in net/ipv4/nexthop.c).
   */
  readonly flapped: ReadonlySet<number>;
}

/** The host's ends of wired pods, kept as ADD made them. */
export interface HostEnds {
  /** These links' ends are in doubt: compare them with the next `mend`. Without a list, every one. */
  doubt(linkIndexes?: Iterable<number>): void;
  /**
   * Puts right what somebody has taken from the ends: a link that was down for a moment has lost its routes and IPv6
   * addresses. One that is down now is left alone: whoever set it down wants the pod cut off, and it is withheld.
   * The pods' own ends are theirs; only ADD touches them.
   * @throws KernelError; then nothing is forgotten.
   */
  mend(): Promise<MendedEnds>;
}

interface End {
  readonly allocation: Allocation;
  readonly link: Link;
}

/** So often within a minute nobody alters the end of one pod by hand. */
const FOUGHT = 20;
/** From so many ends on their sysctls are listed for all links at once. */
const MANY = 4;
/** Stands for the carrier count of a link that is down: none that is up has it. */
const DOWN = -1;

export function createHostEnds(ports: EnginePorts, state: EngineState): HostEnds {
  const { now } = ports;
  const { host } = ports.kernel;
  const problems = state.problems.of('hostEnds');
  const carriers = new Map<number, number>();
  const doubted = new Set<number>();
  /** By interface: why its end is not as it should be, and when it had to be put right. */
  const failures = new Map<string, { readonly message: string; readonly link: Link }>();
  const repairs = new Map<string, Repairs>();
  let strayFailures: readonly string[] = [];
  let all = true;
  let looked: unknown;

  /** The ends of committed attachments that nobody is removing. */
  function wiredEnds(): End[] {
    const ends: End[] = [];
    for (const allocation of ports.store.state.allocations) {
      const link = state.host.links.get(allocation.hostInterface);
      if (allocation.state !== 'committed' || state.releasing.has(attachmentId(allocation))) continue;
      if (link?.kind === 'veth') ends.push({ allocation, link });
    }
    return ends;
  }

  function hasFlapped({ link }: End): boolean {
    return carriers.has(link.index) && carriers.get(link.index) !== carrierOf(link);
  }

  /** A link that was down has lost its permanent neighbours; one whose pod's end was down has not. */
  async function wasDown({ link }: End): Promise<boolean> {
    return !(await host.neighbours(link.index)).some(({ permanent }) => permanent);
  }

  /**
   * Whether the link itself, which has been read, is not as ADD made it. What could not be put right of one that is as
   * it was then waits for the next full comparison.
   */
  function isAltered({ allocation, link }: End): boolean {
    if (isDeepStrictEqual(failures.get(link.name)?.link, link)) return false;
    return ownDifferences(wiringOf(allocation, state.config), link).length > 0;
  }

  function remember(ends: readonly End[]): void {
    carriers.clear();
    for (const { link } of ends) carriers.set(link.index, link.up ? carrierOf(link) : DOWN);
    const names = new Set(ends.map(({ link }) => link.name));
    for (const name of [...failures.keys(), ...repairs.keys()]) {
      if (names.has(name)) continue;
      failures.delete(name);
      repairs.delete(name);
    }
  }

  async function compare(ends: readonly End[]): Promise<void> {
    const protocol = state.config.routeProtocol;
    const [only] = ends.length === 1 ? ends : [];
    const [addresses, routes, neighbours] = await Promise.all([
      host.addresses(only?.link.index),
      host.routes({ protocol }),
      host.neighbours(only?.link.index),
    ]);
    const neighboursOf = Map.groupBy(neighbours, ({ linkIndex }) => linkIndex);
    const settings = ends.length >= MANY ? await host.linkSettings() : new Map<number, LinkSettings>();
    const addressesOf = Map.groupBy(addresses, ({ linkIndex }) => linkIndex);
    const routesOf = Map.groupBy(routes, ({ linkIndex }) => linkIndex);
    for (const end of ends) {
      const { index, name } = end.link;
      const failure = await mendOne(end, settings.get(index), {
        addresses: addressesOf.get(index) ?? [],
        routes: routesOf.get(index) ?? [],
        neighbours: neighboursOf.get(index) ?? [],
      });
      if (failure === undefined) failures.delete(name);
      else failures.set(name, { message: failure, link: end.link });
    }
    if (all) strayFailures = await removeStrays(routes);
  }

  function tell(): void {
    const at = now().getTime();
    const fought = [...repairs].filter(([name, times]) => isFought(times, at, FOUGHT) && !failures.has(name));
    const failed = [...failures.values()].map(({ message }) => message);
    const messages = [...failed, ...strayFailures, ...fought.map(([name]) => foughtSentence(name))];
    if (messages.length === 0) problems.clear();
    else problems.set('wiringFailed', messages.join('; '));
  }

  /** @returns what could not be removed. */
  async function removeStrays(routes: readonly Route[]): Promise<string[]> {
    const strays = strayDeviceRoutes(routes, ports.store.state.allocations, state.host.links);
    const names = strays.map(({ destination }) => formatPrefix(destination));
    if (strays.length > 0) ports.log.warn({ routes: names }, 'routes with our protocol that lead to no pod; removed');
    const results = await host.apply(strays);
    return results.flatMap((result, at) =>
      result.ok ? [] : [`the route to ${names[at]} stays: the kernel refuses: ${result.message ?? result.errno}`],
    );
  }

  /**
   * @param settings what the kernel has listed of its sysctls; the others are read.
   * @param has what the link has; of the routes those of our protocol.
   * @returns why it could not be done.
   */
  async function mendOne(
    { allocation, link: looked }: End,
    settings: LinkSettings | undefined,
    has: Pick<ObservedSide, 'addresses' | 'routes' | 'neighbours'>,
  ): Promise<string | undefined> {
    const wiring = wiringOf(allocation, state.config);
    // It may have been put right since all links were looked at.
    const link = ownDifferences(wiring, looked).length === 0 ? looked : await host.link(looked.name);
    if (link?.index !== looked.index) return undefined;
    const wanted = new Map([...hostSysctls(wiring), ...guardSysctls(wiring)]);
    const sysctls = endSysctls(host, wanted, listedSysctls(link.name, settings, has.addresses));
    let wrong: string[];
    try {
      wrong = await mendHost(host, wiring, { link, ...has, sysctls });
    } catch (error) {
      if (!(error instanceof FlockError)) throw error;
      // DEL may have taken the link while it was being looked at.
      return (await host.link(link.name)) === undefined ? undefined : error.message;
    }
    if (wrong.length === 0) return undefined;
    repairs.set(link.name, withRepair(repairs.get(link.name) ?? [], now().getTime()));
    ports.log.warn({ interface: link.name, wrong }, 'the host side of a pod was not as ADD had made it; put right');
    return undefined;
  }

  return {
    doubt(linkIndexes) {
      if (linkIndexes === undefined) all = true;
      else for (const index of linkIndexes) doubted.add(index);
    },
    async mend() {
      const { links } = state.host;
      if (!all && links === looked && doubted.size === 0) return NOTHING_MENDED;
      const ends = wiredEnds();
      const flapped = ends.filter(hasFlapped);
      const fallen: End[] = [];
      for (const end of flapped) if (end.link.up && (await wasDown(end))) fallen.push(end);
      const suspects = [...doubted];
      doubted.clear();
      const isSuspect = (end: End) =>
        all || fallen.includes(end) || suspects.includes(end.link.index) || isAltered(end);
      const compared = ends.filter((end) => end.link.up && isSuspect(end));
      try {
        if (all || compared.length > 0) await compare(compared);
      } catch (error) {
        for (const index of suspects) doubted.add(index);
        throw error;
      }
      all = false;
      looked = links;
      remember(ends);
      tell();
      return { fallen: indexesOf(fallen), flapped: indexesOf(flapped) };
    },
  };
}

const NOTHING_MENDED: MendedEnds = { fallen: new Set(), flapped: new Set() };

function indexesOf(ends: readonly End[]): ReadonlySet<number> {
  return new Set(ends.map(({ link }) => link.index));
}

/** How often the carrier has changed; where the kernel does not count, whether it is there. */
function carrierOf(link: Link): number {
  return link.carrierChanges ?? (link.carrier ? 1 : 0);
}

function foughtSentence(name: string): string {
  return `${name} had to be put right again and again within a minute: another program goes on changing it; see the log for what it takes away`;
}
