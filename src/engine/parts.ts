import type { WiredPod } from '../pods/pod-source.ts';
import type { EngineState } from './context.ts';
import type { CurrentPorts } from './current-ports.ts';
import { createObserved, type Observed } from './observed.ts';
import { createHostRefresh, type HostRefresh } from './pass/host-refresh.ts';
import { createLoop, type Loop } from './pass/loop.ts';
import { createWalk, type Walk } from './pass/walk.ts';
import { createRequests, type Requests } from './requests/requests.ts';
import type { EngineTimes } from './times.ts';
import { createHostEnds } from './watch/host-ends.ts';
import { createHostFilter } from './watch/host-filter.ts';
import { createHostSysctls } from './watch/host-sysctls.ts';
import { createHostWatch, type HostWatch } from './watch/host-watch.ts';
import { createSourceChange, type SourceChange } from './watch/source-change.ts';
import { createSubscriptions, type Subscriptions } from './watch/subscriptions.ts';

/** The parts of an engine, connected with each other. Nothing runs yet. */
export interface EngineParts extends Observed {
  readonly loop: Loop;
  readonly walk: Walk;
  readonly refresh: HostRefresh;
  readonly watch: HostWatch;
  readonly requests: Requests;
  readonly subscriptions: Subscriptions;
  readonly sourceChange: SourceChange;
  /** Tells the pod sources which pods are wired. */
  tellWired(): void;
}

/** What is needed besides ports and state. */
interface PartsOptions {
  readonly version: string;
  readonly times: EngineTimes;
  /** Whether the start has ended. */
  readonly isStarted: () => boolean;
}

/** Connects the parts: which part wakes the loop, and which is notified of what. */
export function createParts(current: CurrentPorts, state: EngineState, options: PartsOptions): EngineParts {
  const { ports } = current;
  const { times } = options;
  const observed = createObserved(ports, state, options.version, () => subscriptions.onPublished());
  const { reconciler, events } = observed;
  const ends = createHostEnds(ports, state);
  const sysctls = createHostSysctls(ports, state);
  const refresh = createHostRefresh(ports, state, ends, sysctls);
  const walk = createWalk({ refresh, reconciler, wake: () => loop.wake(), onEnd: observed.note });
  const loop = createLoop(walk.run, ports.log);
  const filter = createHostFilter(ports, state);
  const watch = createHostWatch({ ports, state, loop, reconciler, refresh, ends, sysctls, filter, times });
  const requests = createRequests({
    ...{ ports, state, loop, reconciler, isStarted: options.isStarted },
    ...{ onWired: tellWired, onLinks: watch.refreshLinks, onAdded: events.onAdded, onDeleted: events.onDeleted },
  });
  const subscriptions = createSubscriptions(current, state, observed.bird, {
    onPods: loop.wake,
    onBirdLost: () => reconciler.forgetBird(),
    onBird: () => {
      reconciler.publishAgain();
      loop.wakeAfresh();
    },
    onDisplaced: () => {
      reconciler.forgetBird();
      loop.wake();
    },
    onSeen: observed.note,
  });
  const sourceChange = createSourceChange({
    ...{ ports, state, wired, timeoutMs: times.readinessTimeout },
    undecided: (source) => reconciler.undecided(source),
    replace(source) {
      const old = subscriptions.replaceSource(source);
      loop.wake();
      return old;
    },
  });

  /** The pods whose probes should run, with their addresses. */
  function wired(): WiredPod[] {
    return ports.store.state.allocations
      .filter((allocation) => allocation.state === 'committed')
      .map(({ pod, ip4, ip6 }) => ({ ...pod, ip4, ip6 }));
  }

  function tellWired(): void {
    ports.source.setWired(wired());
    sourceChange.tellWired();
  }

  return { ...observed, loop, walk, refresh, watch, requests, subscriptions, sourceChange, tellWired };
}
