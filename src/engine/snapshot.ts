import { peerProtocol } from '../bird/names.ts';
import type { Problem } from '../model/problem.ts';
import { podKey, type Snapshot } from '../report/snapshot.ts';
import type { EnginePorts, EngineState } from './context.ts';
import type { Timeline } from './history/timeline.ts';
import type { Reconciler } from './pass/pass.ts';
import { pendingEdits } from './pending-edits.ts';
import { refusedClaims } from './refused-claims.ts';
import { sandboxStands } from './start/sandboxes.ts';
import { unreachablePods } from './unreachable-pods.ts';
import type { BirdObserver } from './watch/bird-observer.ts';

/** Gathers what is true now, for `status`. */
export function takeSnapshot(
  ports: EnginePorts,
  engine: { readonly state: EngineState; readonly reconciler: Reconciler; readonly bird: BirdObserver },
  timeline: Timeline,
  about: { readonly version: string; readonly startedAt: string },
): Snapshot {
  const { state, reconciler, bird } = engine;
  const { config } = state;
  return {
    ...about,
    node: config.node,
    announced: reconciler.announced,
    lastResult: reconciler.lastResult,
    shortfall: bird.shortfall,
    lost: reconciler.lost,
    birdConnected: ports.control.connected,
    birdVersion: ports.control.version,
    birdSocket: config.bird.socket,
    peerNames: config.bgp.peers.map(({ name }) => ({ name, protocol: peerProtocol(name) })),
    peers: state.peers,
    lastPublish: ports.publisher.lastPublish ?? null,
    change: reconciler.change,
    // Every pass takes a snapshot, but only a person who asks for the status reads this.
    get problems() {
      return state.problems.list({
        ...reconciler.birdProblems,
        birdMemory: bird.problems,
        unwrittenState: unwrittenState(ports.store.unwritten),
        refusedClaims: refusedClaims(this.decisions),
        pendingEdits: pendingEdits(this.allocations, this.pods),
        podSource: this.pods.problems.map(({ code, subject, message }) => ({
          code,
          message: `${subject}: ${message}`,
        })),
        unreachablePods: unreachablePods({
          ...{ allocations: this.allocations, withheld: this.withheld, links: state.host.links },
          since: (allocation) => timeline.since(podKey(allocation)),
          stands: ({ netns }) => sandboxStands(ports.kernel, netns),
          now: ports.now().getTime(),
        }),
      });
    },
    allocations: ports.store.state.allocations,
    pods: ports.source.snapshot(),
    withheld: (allocation) => reconciler.withheld(allocation),
    decisions: reconciler.decisions,
    since: (key) => timeline.since(key),
  };
}

/** @param refusal the disk's, with object and remedy. */
function unwrittenState(refusal: string | undefined): Problem<'stateUnwritable'>[] {
  if (refusal === undefined) return [];
  const message = `${refusal}; pods that were deleted since are released but still in the file, which is tried again every second; no pod can be added meanwhile`;
  return [{ code: 'stateUnwritable', message }];
}
