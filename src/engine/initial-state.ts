import type { Config } from '../config/types.ts';
import type { EnginePorts, EngineState } from './context.ts';
import { Problems } from './problem-store.ts';
import { readHostView } from './watch/host-view.ts';

/** The engine's memory before its start: what it has read of the host, and nothing else. @throws KernelError */
export async function initialState({ kernel, store }: EnginePorts, config: Config): Promise<EngineState> {
  return {
    config,
    host: await readHostView(kernel, config, store.state.routerId),
    stale: 'nothing',
    releasing: new Set(),
    adding: 0,
    reserved: new Map(),
    released: 0,
    altered: new Map(),
    rewired: new Set(),
    peers: [],
    problems: new Problems(),
  };
}
