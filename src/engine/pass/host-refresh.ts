import { errorText } from '../../errors.ts';
import { ipv6MtuFault } from '../../wiring/host/mtu.ts';
import type { EnginePorts, EngineState, HostView, Stale } from '../context.ts';
import type { HostEnds, MendedEnds } from '../watch/host-ends.ts';
import type { HostSysctls } from '../watch/host-sysctls.ts';
import { readHostView, readLinks } from '../watch/host-view.ts';
import { createPodEnds } from '../watch/pod-ends.ts';

/** What a pass does before it decides: it reads the host, and repairs the pods' wiring. */
export interface HostRefresh {
  /**
   * Reads what is stale of the host.
   * @returns what happened to the pods' links since the last refresh.
   * @throws KernelError; then it stays stale, and the view is the previous one.
   */
  refresh(): Promise<MendedEnds>;
  /** So much is stale, if no more was. */
  markStale(what: Stale): void;
  /** Inspects the pods' own ends in turn. @returns whether a pass has something to do about them. */
  inspectPods(): Promise<boolean>;
}

const LEAST_FIRST: readonly Stale[] = ['nothing', 'links', 'host', 'routes'];

export function createHostRefresh(
  ports: EnginePorts,
  state: EngineState,
  ends: HostEnds,
  sysctls: HostSysctls,
): HostRefresh {
  const pods = createPodEnds(ports, state);
  const { kernel, store } = ports;

  function markStale(what: Stale): void {
    if (LEAST_FIRST.indexOf(what) > LEAST_FIRST.indexOf(state.stale)) state.stale = what;
  }

  async function readStale(): Promise<void> {
    let { stale } = state;
    state.stale = 'nothing';
    try {
      if (stale === 'links') {
        const before = state.host;
        const { view, uplinksChanged } = await readLinks(kernel, before);
        // The kernel silently drops what leads through a link that is removed.
        if (uplinksChanged) stale = 'routes';
        else put(before, view);
      }
      if (stale === 'host' || stale === 'routes') {
        const before = state.host;
        const routes = stale === 'routes' ? 'read' : 'keep';
        put(before, await readHostView(kernel, state.config, store.state.routerId, before, routes));
      }
    } catch (error) {
      markStale(stale);
      throw error;
    }
  }

  /**
   * A view that came meanwhile, with a configuration of its own, is the newer one and stays; what put it there has
   * all of it read again.
   */
  function put(before: HostView, view: HostView): void {
    if (state.host !== before) return;
    state.host = view;
    const { pools, defaults } = state.config;
    const message = pools.ip6 !== undefined && defaults.ipv6 ? ipv6MtuFault(view.mtu) : undefined;
    if (message === undefined) state.problems.of('podMtu').clear();
    else state.problems.of('podMtu').set('mtuTooSmall', message);
  }

  return {
    markStale,
    inspectPods: () => pods.inspectNext(),
    async refresh() {
      const { links } = state.host;
      await readStale();
      // A link that is new may not take router advertisements. This is done before the ends of pods: switching the
      // host's forwarding on switches it on for every link.
      if (state.host.links !== links) sysctls.check();
      await rememberRouterId(ports, state);
      const mended = await ends.mend();
      await pods.inspectNew();
      return mended;
    },
  };
}

/** Keeps the router id for later starts. A file that cannot be written does not stop the pass, and so no withdrawal. */
async function rememberRouterId({ store, log }: EnginePorts, state: EngineState): Promise<void> {
  const problems = state.problems.of('routerId');
  const { facts } = state.host;
  if ('error' in facts) return;
  const { routerId } = facts;
  if (routerId === undefined || routerId === store.state.routerId) return;
  try {
    await store.update((stored) => ({ ...stored, routerId }));
    problems.clear();
  } catch (error) {
    const message = `the router id ${routerId} is in use but not remembered: ${errorText(error)}`;
    if (problems.get() === undefined) log.error({ err: error }, message);
    problems.set('stateUnwritable', message);
  }
}
