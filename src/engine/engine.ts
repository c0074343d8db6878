import type { SetAside } from '../allocation/set-aside.ts';
import type { TemplateReading } from '../bird/templates/templates.ts';
import type { Permission, RenderedFiles } from '../bird/types.ts';
import type { Config } from '../config/types.ts';
import type { WiredPod } from '../pods/types.ts';
import { type Snapshot, timelineValues } from '../status/snapshot.ts';
import { enableForwarding } from '../wiring/forwarding.ts';
import type { EnginePorts, EngineState, ReplaceablePorts } from './context.ts';
import { createHostEnds } from './host-ends.ts';
import { readHostView } from './host-view.ts';
import { createListening } from './listening.ts';
import { createLooking } from './looking.ts';
import { createLoop, type Loop } from './loop.ts';
import { createReconciler, type Reconciler } from './pass.ts';
import { createRequests, type Requests } from './requests.ts';
import { takeOverRoutes } from './route-protocol.ts';
import { takeSnapshot } from './snapshot.ts';
import { createSourceChange } from './source-change.ts';
import { reconcileAtStart } from './startup.ts';
import { Timeline } from './timeline.ts';
import { type EngineTimes, TIMES } from './times.ts';

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
   * Tries to bring BIRD's configuration into force that waits, was refused or was undone; the permission is for this try
   * alone. Returns when BIRD has it, or it is clear that it has not; it may then still be on trial.
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
    held: new Set(),
    altered: new Map(),
    rewired: new Set(),
    peers: [],
    problems: new Map(),
  };
  const reconciler = createReconciler(ports, state);
  const loop = createLoop(pass, log);
  const published = Promise.withResolvers<void>();
  const timeline = new Timeline();
  const startedAt = ports.now().toISOString();
  const ending: (() => void)[] = [];
  const ends = createHostEnds(ports, state);
  const looking = createLooking(ports, state, ends);
  let started = false;
  let late: NodeJS.Timeout | undefined;
  const requests = createRequests({
    ports,
    state,
    loop,
    reconciler,
    isStarted: () => started,
    onWired: tellWired,
    onLinks: refreshLinks,
  });
  const listening = createListening(ports, state, {
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

  async function pass(): Promise<void> {
    // A host that cannot be looked at holds back no withdrawal: the pass goes on with what was seen last.
    const [looked] = await Promise.allSettled([looking.look()]);
    if (looked.status === 'fulfilled') reconciler.forgetLinks(looked.value);
    try {
      await reconciler.pass();
    } finally {
      if (reconciler.lastResult !== undefined) published.resolve();
      timeline.note(timelineValues(snapshot()), ports.now());
    }
    if (looked.status === 'rejected') throw looked.reason;
  }

  function snapshot(): Snapshot {
    return takeSnapshot(ports, { state, reconciler }, timeline, { version, startedAt });
  }

  function onTrialEnd(): void {
    reconciler.publishAgain();
    loop.wake();
  }

  function refreshHost(): void {
    looking.doubt('host');
    loop.wake();
  }

  function refreshLinks(): void {
    looking.doubt('links');
    loop.wake();
  }

  /** An ADD makes half a dozen events of its own; the pass behind it sees to them all, unless it takes long. */
  function onLinks(): void {
    if (state.adding === 0) {
      refreshLinks();
      return;
    }
    looking.doubt('links');
    late ??= setTimeout(() => {
      late = undefined;
      loop.wake();
    }, times.addPatience).unref();
  }

  function every(milliseconds: number, work: () => void): void {
    const timer = setInterval(work, milliseconds);
    timer.unref();
    ending.push(() => clearInterval(timer));
  }

  async function start(setAside: SetAside | undefined): Promise<void> {
    for (const { path, value } of await enableForwarding(kernel.host)) log.info({ path, value }, 'sysctl set');
    await ports.source.start();
    const report = await reconcileAtStart(ports, state, setAside);
    await takeOverRoutes(ports, state);
    log.info({ ...report, allocations: store.state.allocations.length }, 'kernel and allocations brought together');
    tellWired();
    ending.push(kernel.onLinkChange(onLinks));
    listening.start();
    ports.publisher.onTrialEnd(onTrialEnd);
    ending.push(listening.stop);
    every(times.hostRefresh, refreshHost);
    every(times.resync, () => {
      reconciler.forgetRoutes();
      ends.doubt();
      refreshLinks();
    });
    every(times.podPatrol, () => looking.patrol().then((altered) => altered && loop.wake(), loop.wake));
    const patience = setTimeout(() => {
      reconciler.stopWaitingForReadiness();
      loop.wake();
      // Whoever waits for the daemon to be ready must not wait for a pod source that cannot be read.
      published.resolve();
    }, times.readinessPatience);
    ending.push(() => clearTimeout(patience));
    ending.push(() => clearTimeout(late));
    started = true;
    refreshHost();
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
      refreshHost();
    },
    useTemplates(folder, reading) {
      reconciler.useTemplates(folder, reading);
      loop.wake();
    },
    state,
    reconciler,
    loop,
    snapshot,
    firstPublish: published.promise,
    render: () => reconciler.render(),
    async apply(permission) {
      reconciler.permit(permission);
      await loop.passed(times.applyDeadline);
    },
    async stop() {
      started = false;
      for (const end of ending.splice(0)) end();
      await loop.stop();
      await ports.publisher.close();
      await sourceChange.stop();
      await ports.source.stop();
      await store.idle();
    },
  };
}
