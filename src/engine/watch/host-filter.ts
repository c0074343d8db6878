import type { Allocation } from '../../allocation/allocation.ts';
import { ToldOnce } from '../../async/told-once.ts';
import { errorText } from '../../errors.ts';
import type { FilterChain } from '../../kernel/ports.ts';
import { FAMILIES } from '../../model/address.ts';
import { isHostInterfaceName } from '../../model/names.ts';
import { dropSentence, dropsAll } from '../../wiring/host/forward-filter.ts';
import type { EnginePorts, EngineState, HostView } from '../context.ts';

/** After a reading of the rules they are not read again for twenty times as long as it took. */
const REST = 20;

/** Reports when the packet filter of the host drops packets to pods, and leaves the filter alone. */
export interface HostFilter {
  /** Asks whether the rules have changed, and reads them when they have. Never throws; one reading at a time. */
  check(): void;
}

export function createHostFilter(ports: EnginePorts, state: EngineState): HostFilter {
  const { kernel, store, log } = ports;
  const problems = state.problems.of('packetFilter');
  let generation: number | undefined;
  let chains: readonly FilterChain[] = [];
  let busy = false;
  let restUntil = 0;
  const failures = new ToldOnce();

  async function compare(): Promise<void> {
    const begun = performance.now();
    const found = await kernel.host.forwardFilter(generation);
    if (found !== undefined) {
      ({ generation, chains } = found);
      restUntil = performance.now() + REST * (performance.now() - begun);
    }
    const committed = store.state.allocations.filter((allocation) => allocation.state === 'committed');
    const message = filterObstacles(chains, state.host, committed).join('; ');
    if (message === '') problems.clear();
    else if (problems.set('forwardDropped', message)) log.warn({}, message);
  }

  return {
    check() {
      if (busy || performance.now() < restUntil) return;
      busy = true;
      compare()
        .then(() => {
          failures.forget();
        })
        .catch((error: unknown) => {
          const text = errorText(error);
          if (failures.isNews(text)) log.warn({ err: text }, 'the packet filter of this host cannot be read');
        })
        .finally(() => {
          busy = false;
        });
    },
  };
}

/** One sentence for each chain that drops all that comes to some of these pods from the routers. */
export function filterObstacles(
  chains: readonly FilterChain[],
  view: Pick<HostView, 'links' | 'leading'>,
  allocations: readonly Allocation[],
): string[] {
  if (chains.length === 0) return [];
  const others = [...view.links.values()].filter(({ name, up }) => up && name !== 'lo' && !isHostInterfaceName(name));
  const sources = view.leading.size > 0 ? [...view.leading] : others.map(({ name }) => name);
  if (sources.length === 0) return [];
  return chains.flatMap((chain) => {
    const dropped = allocations.filter((allocation) => {
      const families = FAMILIES.filter((family) => (family === 4 ? allocation.ip4 : allocation.ip6) !== undefined);
      const to = allocation.hostInterface;
      return families.some((family) => sources.every((from) => dropsAll(chain, { family, from, to })));
    });
    if (dropped.length === 0) return [];
    return [
      dropSentence(
        chain,
        dropped.map(({ hostInterface }) => hostInterface),
      ),
    ];
  });
}
