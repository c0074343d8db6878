import { type Snapshot, timelineValues } from '../report/snapshot.ts';
import type { EnginePorts, EngineState } from './context.ts';
import { createEventLog, type EventLog } from './history/event-log.ts';
import { Timeline } from './history/timeline.ts';
import { createReconciler, type Reconciler } from './pass/pass.ts';
import { takeSnapshot } from './snapshot.ts';
import { type BirdObserver, createBirdObserver } from './watch/bird-observer.ts';

/** The passes, what is seen of the BIRD that they publish to, and the log lines of their effects. */
export interface Observed {
  readonly reconciler: Reconciler;
  readonly bird: BirdObserver;
  readonly events: EventLog;
  /** Everything that is true now. */
  snapshot(): Snapshot;
  /** Remembers since when it is so. */
  note(): void;
}

/** @param version of flockd. @param onPublished called when BIRD has accepted a set of announcements. */
export function createObserved(
  ports: EnginePorts,
  state: EngineState,
  version: string,
  onPublished: () => void,
): Observed {
  const timeline = new Timeline();
  const startedAt = ports.now().toISOString();
  const events = createEventLog(ports.log, () => performance.now());
  const reconciler = createReconciler(ports, state, {
    onDecided: events.onDecided,
    onAccepted: (before, after) => {
      events.onAccepted(before, after);
      onPublished();
    },
  });
  const bird = createBirdObserver(ports, state, {
    announced: () => reconciler.announced,
    text: () => reconciler.birdText,
    onSession: events.onSession,
  });
  const snapshot = () => takeSnapshot(ports, { state, reconciler, bird }, timeline, { version, startedAt });
  return { reconciler, bird, events, snapshot, note: () => timeline.note(timelineValues(snapshot()), ports.now()) };
}
