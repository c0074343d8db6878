import type { Allocation } from '../allocation/types.ts';
import { FlockError } from '../errors.ts';
import type { Link, Route } from '../kernel/ports.ts';
import { attachmentId } from '../model/attachment.ts';
import { formatPrefix } from '../model/prefix.ts';
import { mendHost } from '../wiring/mend.ts';
import { readSysctls } from '../wiring/observe.ts';
import { hostSysctls } from '../wiring/sysctls.ts';
import type { ObservedSide } from '../wiring/types.ts';
import type { EnginePorts, EngineState } from './context.ts';
import { strayDeviceRoutes } from './stray-routes.ts';
import { wiringOf } from './wiring-of.ts';

/** The host's ends of wired pods, kept as ADD made them. */
export interface HostEnds {
  /** All of them are in doubt: compare every one with the next `mend`. */
  doubt(): void;
  /**
   * Puts right what somebody has taken from the ends: a link that was down for a moment has lost its routes and IPv6
   * addresses. One that is down now is left alone: whoever set it down wants the pod cut off, and it is withheld.
   * The pods' own ends are theirs; only ADD touches them.
   * @returns indexes of the links that were down since the last call.
   * @throws KernelError; then nothing is forgotten.
   */
  mend(): Promise<ReadonlySet<number>>;
}

interface End {
  readonly allocation: Allocation;
  readonly link: Link;
}

/** Stands for the carrier count of a link that is down: none that is up has it. */
const DOWN = -1;

export function createHostEnds(ports: EnginePorts, state: EngineState): HostEnds {
  const { host } = ports.kernel;
  const carriers = new Map<number, number | undefined>();
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

  /** A link that was down has lost its permanent neighbours; one whose pod's end was down has not. */
  async function wasDown({ link }: End): Promise<boolean> {
    if (!carriers.has(link.index) || carriers.get(link.index) === link.carrierChanges) return false;
    return !(await host.neighbours(link.index)).some(({ permanent }) => permanent);
  }

  function remember(ends: readonly End[]): void {
    carriers.clear();
    for (const { link } of ends) carriers.set(link.index, link.up ? link.carrierChanges : DOWN);
  }

  async function compare(ends: readonly End[]): Promise<void> {
    const protocol = state.config.routeProtocol;
    const [addresses, routes, neighbours] = await Promise.all([
      host.addresses(),
      host.routes({ protocol }),
      host.neighbours(),
    ]);
    const neighboursOf = Map.groupBy(neighbours, ({ linkIndex }) => linkIndex);
    const addressesOf = Map.groupBy(addresses, ({ linkIndex }) => linkIndex);
    const routesOf = Map.groupBy(routes, ({ linkIndex }) => linkIndex);
    const failures: string[] = [];
    for (const end of ends) {
      const { index } = end.link;
      const failure = await mendOne(end, {
        addresses: addressesOf.get(index) ?? [],
        routes: routesOf.get(index) ?? [],
        neighbours: neighboursOf.get(index) ?? [],
      });
      if (failure !== undefined) failures.push(failure);
    }
    if (all) failures.push(...(await removeStrays(routes)));
    if (failures.length > 0) state.problems.set('wiring', { code: 'wiringFailed', message: failures.join('; ') });
    else if (all) state.problems.delete('wiring');
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

  /** @param has what the link has; of the routes those of our protocol. @returns why it could not be done. */
  async function mendOne(
    { allocation, link }: End,
    has: Pick<ObservedSide, 'addresses' | 'routes' | 'neighbours'>,
  ): Promise<string | undefined> {
    const wiring = wiringOf(allocation, state.config);
    const sysctls = readSysctls(host, hostSysctls(wiring));
    let wrong: string[];
    try {
      wrong = await mendHost(host, wiring, { link, ...has, sysctls });
    } catch (error) {
      if (!(error instanceof FlockError)) throw error;
      // DEL may have taken the link while it was being looked at.
      return (await host.link(link.name)) === undefined ? undefined : error.message;
    }
    if (wrong.length === 0) return undefined;
    ports.log.warn({ interface: link.name, wrong }, 'the host side of a pod was not as ADD had made it; put right');
    return undefined;
  }

  return {
    doubt() {
      all = true;
    },
    async mend() {
      const { links } = state.host;
      if (!all && links === looked) return new Set();
      const ends = wiredEnds();
      const up = ends.filter(({ link }) => link.up);
      const fallen: End[] = [];
      for (const end of up) if (await wasDown(end)) fallen.push(end);
      if (all) await compare(up);
      else if (fallen.length > 0) await compare(fallen);
      all = false;
      looked = links;
      remember(ends);
      return new Set(fallen.map(({ link }) => link.index));
    },
  };
}
