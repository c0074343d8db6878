import { errorText } from '../../errors.ts';
import type { PodSource, WiredPod } from '../../pods/pod-source.ts';
import type { EnginePorts, EngineState } from '../context.ts';

/** What a change of the pod source works with. */
interface SourceChangeSurroundings {
  readonly ports: EnginePorts;
  readonly state: EngineState;
  /** Ids of attachments of which this source cannot say yet whether they are ready. */
  readonly undecided: (source: PodSource) => readonly string[];
  readonly wired: () => readonly WiredPod[];
  /** Puts the source in force. @returns the one that was. */
  readonly replace: (next: PodSource) => PodSource;
  /** How long the probes of the new source may take to decide, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Changes the pod source without a flap: the new one takes over when it has read its pods and its probes have decided.
 * Until then the old one stays in force, permanently where the new one has nothing to read.
 */
export interface SourceChange {
  /** Starts a source to take over, instead of one that still waits to. @throws what its start throws. */
  offer(next: PodSource): Promise<void>;
  /** Pods have come or gone. */
  tellWired(): void;
  stop(): Promise<void>;
}

export function createSourceChange(surroundings: SourceChangeSurroundings): SourceChange {
  const { ports, state, wired } = surroundings;
  const problems = state.problems.of('nextPodSource');
  let next: PodSource | undefined;
  let leave = () => {};
  let awaitsReadiness = true;
  let timer: NodeJS.Timeout | undefined;

  /** A folder that is missing is taken for an empty one at a start; a typing error must not take every pod away. */
  function isUnavailable(source: PodSource): boolean {
    const { synced, pods, problems } = source.snapshot();
    return !synced || (pods.size === 0 && problems.some(({ code }) => code === 'sourceUnavailable'));
  }

  function consider(): void {
    if (next === undefined) return;
    if (isUnavailable(next)) {
      const message = `the previous pods stay in force until the new pod source can be read: ${said(next)}`;
      problems.set('sourceUnavailable', message);
      return;
    }
    problems.clear();
    if (awaitsReadiness && surroundings.undecided(next).length > 0) return;
    const old = surroundings.replace(next);
    ports.log.info({}, 'the new pod source is in force');
    forget();
    retire(old);
  }

  function forget(): void {
    clearTimeout(timer);
    leave();
    next = undefined;
    problems.clear();
  }

  function retire(source: PodSource): void {
    source.stop().catch((error: unknown) => {
      ports.log.error({ err: error }, `the old pod source did not end cleanly: ${errorText(error)}`);
    });
  }

  return {
    async offer(source) {
      await source.start();
      if (next !== undefined) retire(next);
      forget();
      next = source;
      awaitsReadiness = true;
      timer = setTimeout(() => {
        awaitsReadiness = false;
        consider();
      }, surroundings.timeoutMs).unref();
      leave = source.onChange(consider);
      source.setWired(wired());
      consider();
    },
    tellWired() {
      next?.setWired(wired());
    },
    async stop() {
      const waiting = next;
      forget();
      await waiting?.stop();
    },
  };
}

function said(source: PodSource): string {
  const { problems } = source.snapshot();
  return problems.find(({ code }) => code === 'sourceUnavailable')?.message ?? 'it has not been read yet';
}
