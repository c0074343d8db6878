import type { SetAside } from '../allocation/file/set-aside.ts';
import { every } from '../async/every.ts';
import type { TemplateReading } from '../bird/templates/templates.ts';
import type { Permission, RenderedFiles } from '../bird/types.ts';
import type { Config } from '../config/types.ts';
import type { Snapshot } from '../report/snapshot.ts';
import { enableForwarding } from '../wiring/host/forwarding.ts';
import type { EnginePorts, EngineState, ReplaceablePorts } from './context.ts';
import { CurrentPorts } from './current-ports.ts';
import { initialState } from './initial-state.ts';
import { createParts, type EngineParts } from './parts.ts';
import type { Loop } from './pass/loop.ts';
import type { Reconciler } from './pass/pass.ts';
import type { Requests } from './requests/requests.ts';
import { takeOverRoutes } from './start/route-protocol.ts';
import { reconcileAtStart } from './start/startup.ts';
import { type EngineTimes, TIMES } from './times.ts';
import { readHostView } from './watch/host-view.ts';

/** The daemon's core: takes requests, keeps the host and BIRD as they should be. */
export interface Engine extends Requests {
  /** Brings kernel and file together, begins to watch. ADD is refused until it resolves. */
  start(setAside: SetAside | undefined): Promise<void>;
  /** Whether `start` has ended. */
  readonly started: boolean;
  /** Applies a configuration, with new ports where their paths have changed. */
  reconfigure(config: Config, replaced: Partial<ReplaceablePorts>): Promise<void>;
  /** Renders with these templates from now on, which `folder` and the packaged ones give together. */
  useTemplates(folder: string, reading: TemplateReading): void;
  /** The replaceable ports that are in force now. */
  readonly current: ReplaceablePorts;
  readonly state: EngineState;
  readonly reconciler: Reconciler;
  readonly loop: Loop;
  /** Everything that is true now, for `status`. */
  snapshot(): Snapshot;
  /** Resolves when BIRD has answered the first publish, or it is clear that no answer comes soon. */
  readonly firstPublish: Promise<void>;
  /** The files for BIRD as they would be written now. @throws FlockError when a template cannot be rendered. */
  render(): RenderedFiles;
  /**
   * Tries to bring into force the configuration of BIRD that waits, was refused or was undone; the permission is for
   * this text and this try alone. Returns when BIRD has it, or it is clear that it has not; it may then still be on
   * trial. Where nothing is held back it does nothing.
   */
  apply(permission: Permission): Promise<void>;
  /** Stops watching. What is wired, routed and announced stays. */
  stop(): Promise<void>;
}

/**
 * @param given everything that the engine acts through; it is not changed. @param version of flockd, for `status`.
 * @throws KernelError when the host cannot be read.
 */
export async function createEngine(
  given: EnginePorts,
  config: Config,
  version: string,
  times: EngineTimes = TIMES,
): Promise<Engine> {
  const current = new CurrentPorts(given);
  const { ports } = current;
  const state = await initialState(ports, config);
  let started = false;
  const parts = createParts(current, state, { version, times, isStarted: () => started });
  const { loop, reconciler, walk } = parts;
  const ending: (() => void)[] = [];

  function onTrialEnd(): void {
    reconciler.publishAgain();
    loop.wake();
  }

  return {
    ...parts.requests,
    async start(setAside) {
      await bringTogether(ports, state, setAside);
      parts.tellWired();
      ending.push(...startWatching(parts, times));
      ports.publisher.onTrialEnd(onTrialEnd);
      started = true;
      parts.watch.refreshHost();
    },
    get started() {
      return started;
    },
    async reconfigure(next, { source, control, publisher }) {
      // Configuration and host view change in one step: a pass must not render new peers with what is known of the old
      // ones.
      const view = await readHostView(ports.kernel, next, ports.store.state.routerId, state.host);
      if (source !== undefined) await parts.sourceChange.offer(source);
      if (control !== undefined && publisher !== undefined) {
        await ports.publisher.close();
        parts.subscriptions.replaceBird({ control, publisher });
        publisher.onTrialEnd(onTrialEnd);
      }
      state.config = next;
      state.host = view;
      reconciler.forgetBird();
      parts.watch.refreshHost();
    },
    useTemplates(folder, reading) {
      reconciler.useTemplates(folder, reading);
      loop.wake();
    },
    current: ports,
    ...{ state, reconciler, loop, snapshot: parts.snapshot, firstPublish: walk.firstPublish },
    render: () => reconciler.render(),
    async apply(permission) {
      if (reconciler.permit(permission)) await loop.passed(times.applyDeadline);
    },
    async stop() {
      started = false;
      for (const end of ending.splice(0)) end();
      await loop.stop();
      parts.events.close();
      await ports.publisher.close();
      await parts.sourceChange.stop();
      await ports.source.stop();
      await ports.store.idle();
    },
  };
}

/** What comes before any request is served: forwarding, the manifests, and one truth of file and kernel. */
async function bringTogether(ports: EnginePorts, state: EngineState, setAside: SetAside | undefined): Promise<void> {
  const { kernel, store, log } = ports;
  for (const { path, value } of await enableForwarding(kernel.host)) log.info({ path, value }, 'sysctl set');
  await ports.source.start();
  const report = await reconcileAtStart(ports, state, setAside);
  await takeOverRoutes(ports, state);
  log.info({ ...report, allocations: store.state.allocations.length }, 'kernel and allocations brought together');
}

/** Begins to watch the host, the pods and BIRD. @returns a function that ends this. */
function startWatching(parts: EngineParts, times: EngineTimes): (() => void)[] {
  const { loop, reconciler, walk, watch, subscriptions, refresh, requests } = parts;
  watch.start();
  subscriptions.start();
  const sweeping = every(times.resync, () => void requests.sweep());
  const inspecting = every(times.podInspection, () => {
    refresh.inspectPods().then((altered) => altered && loop.wake(), loop.wake);
  });
  const readiness = setTimeout(() => {
    reconciler.stopWaitingForReadiness();
    loop.wake();
    // The daemon becomes ready even where a pod source cannot be read.
    walk.stopWaiting();
  }, times.readinessTimeout);
  return [watch.stop, subscriptions.stop, walk.stop, sweeping, inspecting, () => clearTimeout(readiness)];
}
