import { peerProtocol } from '../bird/names.ts';
import type { Snapshot } from '../status/snapshot.ts';
import type { EnginePorts, EngineState } from './context.ts';
import { isWired } from './host-view.ts';
import type { Reconciler } from './pass.ts';
import { pendingEdits } from './pending-edits.ts';
import type { Timeline } from './timeline.ts';

/** Gathers what is true now, for `status`. */
export function takeSnapshot(
  ports: EnginePorts,
  engine: { readonly state: EngineState; readonly reconciler: Reconciler },
  timeline: Timeline,
  about: { readonly version: string; readonly startedAt: string },
): Snapshot {
  const { state, reconciler } = engine;
  const { config } = state;
  return {
    ...about,
    node: config.node,
    announced: reconciler.announced,
    lastResult: reconciler.lastResult,
    birdConnected: ports.control.connected,
    birdVersion: ports.control.version,
    birdSocket: config.bird.socket,
    peerNames: config.bgp.peers.map(({ name }) => ({ name, protocol: peerProtocol(name) })),
    peers: state.peers,
    lastPublish: ports.publisher.lastPublish ?? null,
    change: reconciler.change,
    // Every pass takes a snapshot, but only a person who asks for the status reads this.
    get problems() {
      return [...state.problems.values(), ...reconciler.birdProblems, ...pendingEdits(this.allocations, this.pods)];
    },
    allocations: ports.store.state.allocations,
    pods: ports.source.snapshot(),
    readiness: (pod) => ports.source.readiness(pod),
    isWired: (name) => isWired(state.host, name),
    isAltered: (name) => state.altered.has(name),
    decisions: reconciler.decisions,
    since: (key) => timeline.since(key),
  };
}
