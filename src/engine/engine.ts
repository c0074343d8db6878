import type { SetAside } from '../allocation/file/set-aside.ts';
import type { TemplateReading } from '../bird/templates/templates.ts';
import type { Permission, RenderedFiles } from '../bird/types.ts';
import type { Config } from '../config/types.ts';
import type { WiredPod } from '../pods/types.ts';
import type { Snapshot } from '../report/snapshot.ts';
import { enableForwarding } from '../wiring/host/forwarding.ts';
import type { EnginePorts, EngineState, ReplaceablePorts } from './context.ts';
import { createObserved } from './observed.ts';
import { createLoop, type Loop } from './pass/loop.ts';
import type { Reconciler } from './pass/pass.ts';
import { createLooking } from './pass/refresh-host.ts';
import { Problems } from './problem-store.ts';
import { createRequests, type Requests } from './requests/requests.ts';
import { takeOverRoutes } from './start/route-protocol.ts';
import { reconcileAtStart } from './start/startup.ts';
import { type EngineTimes, TIMES } from './times.ts';
import { createHostEnds } from './watch/host-ends.ts';
import { createHostFilter } from './watch/host-filter.ts';
import { createHostSysctls } from './watch/host-sysctls.ts';
import { readHostView } from './watch/host-view.ts';
import { createHostWatch } from './watch/host-watch.ts';
import { createSourceChange } from './watch/source-change.ts';
import { createListening } from './watch/subscriptions.ts';

/** The daemon's core: takes requests, keeps the host and BIRD as they should be. */
export interface Engine extends Requests {
  /** Brings kernel and file together, begins to watch. ADD is refused until it resolves. */
  start(setAside: SetAside | undefined): Promise<void>;
  /** Whether `start` has ended. */
  readonly started: boolean;
  /** Takes up a configuration, with new ports where their paths have changed. */
  reconfigure(config: Config, replaced: Partial<ReplaceablePorts>): Promise<void>;
  /** Renders with these templates from now on, which `folder` and the packaged ones give together. */
  useTemplates(folder: string, reading: TemplateReading): void;
  readonly state: EngineState;
  readonly reconciler: Reconciler;
  readonly loop: Loop;
  /** Everything that is true now, for `status`. */
  snapshot(): Snapshot;
  /** Resolves when BIRD has answered the first publish, or it is clear that none comes soon. */
  readonly firstPublish: Promise<void>;
  /** The files for BIRD as they would be written now. @throws FlockError when a template cannot be rendered. */
  render(): RenderedFiles;
  /**
   * Tries to bring BIRD's configuration into force that waits, was refused or was undone; the permission is for this text
   * and this try alone. Returns when BIRD has it, or it is clear that it has not; it may then still be on trial. Where
   * nothing is held back it does nothing.
   */
  apply(permission: Permission): Promise<void>;
  /** Stops watching. What is wired, routed and announced stays. */
  stop(): Promise<void>;
}

/** @param ports everything that the engine acts through; @param version of flockd, for `status`. */
export async function createEngine(
  ports: EnginePorts,
  config: Config,
  version: string,
  times: EngineTimes = TIMES,
): Promise<Engine> {
  const { kernel, store, log } = ports;
  const state: EngineState = {
    config,
    host: await readHostView(kernel, config, store.state.routerId),
    stale: 'nothing',
    releasing: new Set(),
    adding: 0,
    held: new Map(),
    released: 0,
    altered: new Map(),
    rewired: new Set(),
    peers: [],
    problems: new Problems(),
  };
  const observed = createObserved(ports, state, version, () => listening.onPublished());
  const { reconciler, sight, events } = observed;
  const loop = createLoop(pass, log);
  const published = Promise.withResolvers<void>();
  const ending: (() => void)[] = [];
  const ends = createHostEnds(ports, state);
  const sysctls = createHostSysctls(ports, state);
  const looking = createLooking(ports, state, ends, sysctls);
  const filter = createHostFilter(ports, state);
  const watch = createHostWatch({ ports, state, loop, reconciler, looking, ends, sysctls, filter, times });
  let started = false;
  let due: NodeJS.Timeout | undefined;
  const requests = createRequests({
    ...{ ports, state, loop, reconciler },
    isStarted: () => started,
    ...{ onWired: tellWired, onLinks: watch.refreshLinks, onAdded: events.onAdded, onDeleted: events.onDeleted },
  });
  const listening = createListening(ports, state, sight, {
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
    ...{ ports, state, wired, patienceMs: times.readinessPatience },
    undecided: (source) => reconciler.undecided(source),
    replace(source) {
      const old = listening.replaceSource(source);
      loop.wake();
      return old;
    },
  });

  async function pass(since: number): Promise<void> {
    // A host that cannot be looked at holds back no withdrawal: the pass goes on with what was seen last.
    const [looked] = await Promise.allSettled([looking.look()]);
    if (looked.status === 'fulfilled') reconciler.forgetLinks(looked.value);
    try {
      await reconciler.pass(since);
    } finally {
      if (reconciler.lastResult !== undefined) published.resolve();
      observed.note();
      clearTimeout(due);
      const { nextDue } = reconciler;
      if (nextDue !== undefined) due = setTimeout(loop.wake, nextDue).unref();
    }
    if (looked.status === 'rejected') throw looked.reason;
  }

  function onTrialEnd(): void {
    reconciler.publishAgain();
    loop.wake();
  }

  function every(milliseconds: number, work: () => void): void {
    const timer = setInterval(work, milliseconds).unref();
    ending.push(() => clearInterval(timer));
  }

  async function start(setAside: SetAside | undefined): Promise<void> {
    for (const { path, value } of await enableForwarding(kernel.host)) log.info({ path, value }, 'sysctl set');
    await ports.source.start();
    const report = await reconcileAtStart(ports, state, setAside);
    await takeOverRoutes(ports, state);
    log.info({ ...report, allocations: store.state.allocations.length }, 'kernel and allocations brought together');
    tellWired();
    watch.start();
    ending.push(watch.stop);
    listening.start();
    ports.publisher.onTrialEnd(onTrialEnd);
    ending.push(listening.stop);
    every(times.resync, () => void requests.sweep());
    every(times.podPatrol, () => looking.patrol().then((altered) => altered && loop.wake(), loop.wake));
    const patience = setTimeout(() => {
      reconciler.stopWaitingForReadiness();
      loop.wake();
      // Whoever waits for the daemon to be ready must not wait for a pod source that cannot be read.
      published.resolve();
    }, times.readinessPatience);
    ending.push(() => clearTimeout(patience));
    ending.push(() => clearTimeout(due));
    started = true;
    watch.refreshHost();
  }

  /** Whose probes should run, and at which addresses. */
  function wired(): WiredPod[] {
    return store.state.allocations
      .filter((allocation) => allocation.state === 'committed')
      .map(({ pod, ip4, ip6 }) => ({ ...pod, ip4, ip6 }));
  }

  function tellWired(): void {
    ports.source.setWired(wired());
    sourceChange.tellWired();
  }

  return {
    ...requests,
    start,
    get started() {
      return started;
    },
    async reconfigure(next, { source, control, publisher }) {
      // Configuration and host view change in one step: a pass must not render new peers with what is known of old ones.
      const view = await readHostView(kernel, next, store.state.routerId, state.host);
      if (source !== undefined) await sourceChange.offer(source);
      if (control !== undefined && publisher !== undefined) {
        await ports.publisher.close();
        listening.replaceBird({ control, publisher });
        publisher.onTrialEnd(onTrialEnd);
      }
      state.config = next;
      state.host = view;
      reconciler.forgetBird();
      watch.refreshHost();
    },
    useTemplates(folder, reading) {
      reconciler.useTemplates(folder, reading);
      loop.wake();
    },
    state,
    reconciler,
    loop,
    snapshot: observed.snapshot,
    firstPublish: published.promise,
    render: () => reconciler.render(),
    async apply(permission) {
      if (reconciler.permit(permission)) await loop.passed(times.applyDeadline);
    },
    async stop() {
      started = false;
      for (const end of ending.splice(0)) end();
      await loop.stop();
      events.close();
      await ports.publisher.close();
      await sourceChange.stop();
      await ports.source.stop();
      await store.idle();
    },
  };
}
