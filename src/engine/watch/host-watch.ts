import { every } from '../../async/every.ts';
import type { HostChange } from '../../kernel/ports.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { HostRefresh } from '../pass/host-refresh.ts';
import type { Loop } from '../pass/loop.ts';
import type { Reconciler } from '../pass/pass.ts';
import type { EngineTimes } from '../times.ts';
import type { HostEnds } from './host-ends.ts';
import type { HostFilter } from './host-filter.ts';
import { hostInterest } from './host-interest.ts';
import type { HostSysctls } from './host-sysctls.ts';
import { FRESH_PACE, takeWake } from './pace.ts';

/** What the watch wakes, and what it has read again. */
interface HostWatchSurroundings {
  readonly ports: EnginePorts;
  readonly state: EngineState;
  readonly loop: Loop;
  readonly reconciler: Reconciler;
  readonly refresh: HostRefresh;
  readonly ends: HostEnds;
  readonly sysctls: HostSysctls;
  readonly filter: HostFilter;
  readonly times: EngineTimes;
}

/** Has the host read again when the kernel reports a change, and from time to time where it reports none. */
export interface HostWatch {
  /** @throws KernelError when the events of the kernel cannot be received. */
  start(): void;
  /** All that has been read of the host is in doubt. */
  refreshHost(): void;
  /** The links are in doubt. */
  refreshLinks(): void;
  stop(): void;
}

export function createHostWatch(surroundings: HostWatchSurroundings): HostWatch {
  const { ports, state, loop, reconciler, refresh, ends, sysctls, filter, times } = surroundings;
  const ending: (() => void)[] = [];
  let pace = FRESH_PACE;
  let paced: NodeJS.Timeout | undefined;
  let late: NodeJS.Timeout | undefined;

  function onChange({ links, ends: altered, routes, host, sysctls: switched, lost }: HostChange): void {
    if (links || lost) refresh.markStale('links');
    if (host || lost) refresh.markStale('routes');
    if (lost) ends.doubt();
    else ends.doubt(altered);
    if (routes || lost) reconciler.forgetRoutes();
    if (switched || lost) sysctls.check();
    if (altered.size > 0 || routes || host || lost) wakeInPace();
    else if (links) wakeForLinks();
  }

  function wakeInPace(): void {
    if (paced !== undefined) return;
    const taken = takeWake(pace, performance.now());
    pace = taken.pace;
    if (taken.waitMs === 0) {
      loop.wake();
      return;
    }
    paced = setTimeout(() => {
      paced = undefined;
      loop.wake();
    }, taken.waitMs).unref();
  }

  /** An ADD makes half a dozen events of its own; the pass after it handles them all, unless it takes long. */
  function wakeForLinks(): void {
    if (state.adding === 0) {
      loop.wake();
      return;
    }
    late ??= setTimeout(() => {
      late = undefined;
      loop.wake();
    }, times.addSettleTime).unref();
  }

  function reread(what: 'links' | 'host' | 'routes'): void {
    refresh.markStale(what);
    loop.wake();
  }

  return {
    start() {
      ending.push(ports.kernel.onHostChange(hostInterest(ports, state), onChange));
      const check = every(times.hostCheck, () => {
        sysctls.check();
        filter.check();
      });
      const resync = every(times.resync, () => {
        reconciler.forgetRoutes();
        ends.doubt();
        reread('links');
      });
      ending.push(check, resync);
      ending.push(every(times.hostRefresh, () => reread('host')));
      ending.push(every(times.routesRefresh, () => reread('routes')));
    },
    refreshHost: () => reread('routes'),
    refreshLinks: () => reread('links'),
    stop() {
      for (const end of ending.splice(0)) end();
      clearTimeout(paced);
      clearTimeout(late);
    },
  };
}
