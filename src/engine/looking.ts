import { errorText } from '../errors.ts';
import { ipv6MtuFault } from '../wiring/mtu.ts';
import type { EnginePorts, EngineState } from './context.ts';
import type { HostEnds } from './host-ends.ts';
import { readHostView, readLinks } from './host-view.ts';
import { createPodEnds } from './pod-ends.ts';

/** What a pass does before it decides: it looks at the host, and puts the pods' wiring right. */
export interface Looking {
  /**
   * Reads what is stale of the host.
   * @returns indexes of pods' links that were down since the last look.
   * @throws KernelError; then it stays stale, and the view is the one of before.
   */
  look(): Promise<ReadonlySet<number>>;
  /** More is stale than was: links alone, or all of the host. */
  doubt(what: 'links' | 'host'): void;
  /** Looks at the pods' own ends in turn. @returns whether a pass has something to do about them. */
  patrol(): Promise<boolean>;
}

export function createLooking(ports: EnginePorts, state: EngineState, ends: HostEnds): Looking {
  const pods = createPodEnds(ports, state);
  const { kernel, store, log } = ports;

  function doubt(what: 'links' | 'host'): void {
    if (state.stale !== 'host') state.stale = what;
  }

  async function refresh(): Promise<void> {
    let { stale } = state;
    state.stale = 'nothing';
    try {
      if (stale === 'links') {
        const { view, uplinksChanged } = await readLinks(kernel, state.host);
        if (uplinksChanged) stale = 'host';
        else state.host = view;
      }
      if (stale === 'host') await readAll();
    } catch (error) {
      if (stale !== 'nothing') doubt(stale);
      throw error;
    }
  }

  async function readAll(): Promise<void> {
    const { config } = state;
    const view = await readHostView(kernel, config, store.state.routerId, state.host);
    // A configuration that came meanwhile has brought its own view.
    if (state.config !== config) return;
    state.host = view;
    const wanted = config.pools.ip6 !== undefined && config.defaults.ipv6;
    const message = wanted ? ipv6MtuFault(view.mtu) : undefined;
    if (message === undefined) state.problems.delete('mtu');
    else state.problems.set('mtu', { code: 'mtuTooSmall', message });
  }

  /** Keeps the router id for later starts. A file that cannot be written is no reason to withdraw nothing any more. */
  async function rememberRouterId(): Promise<void> {
    const { facts } = state.host;
    if ('error' in facts) return;
    const { routerId } = facts;
    if (routerId === undefined || routerId === store.state.routerId) return;
    try {
      await store.update((stored) => ({ ...stored, routerId }));
      state.problems.delete('routerId');
    } catch (error) {
      const message = `the router id ${routerId} is in use but not remembered: ${errorText(error)}`;
      if (!state.problems.has('routerId')) log.error({ err: error }, message);
      state.problems.set('routerId', { code: 'stateUnwritable', message });
    }
  }

  return {
    doubt,
    patrol: pods.patrol,
    async look() {
      await refresh();
      await rememberRouterId();
      const fallen = await ends.mend();
      await pods.look();
      return fallen;
    },
  };
}
