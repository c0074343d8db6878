import type { Config } from './types.ts';

/**
 * Keys that a running daemon cannot change: the name and number on what it has installed, the paths of its state and
 * its socket, and the kind of its pod source.
 */
type RestartKey = 'node' | 'state' | 'socket' | 'routeProtocol' | 'pods.source';

const READ: Readonly<Record<RestartKey, (config: Config) => unknown>> = {
  node: (config) => config.node,
  state: (config) => config.state,
  socket: (config) => config.socket,
  routeProtocol: (config) => config.routeProtocol,
  'pods.source': (config) => config.pods.source,
};

/** The changed keys that take effect only after a restart, in a fixed order. */
export function restartKeys(running: Config, loaded: Config): readonly RestartKey[] {
  const keys: readonly RestartKey[] = ['node', 'state', 'socket', 'routeProtocol', 'pods.source'];
  return keys.filter((key) => READ[key](running) !== READ[key](loaded));
}

/** What a running daemon applies of a newly loaded configuration: everything except the keys that need a restart. */
export function takeUpLive(running: Config, loaded: Config): Config {
  const { node, state, socket, routeProtocol } = running;
  return { ...loaded, node, state, socket, routeProtocol, pods: { ...loaded.pods, source: running.pods.source } };
}
