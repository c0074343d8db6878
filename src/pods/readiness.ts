import type { Manifest } from './directory/manifest.ts';
import type { Probe, Readiness } from './pod-source.ts';
import type { ProbeState } from './probes/probe-state.ts';

/** A probe and the result of its runs; no state: it has not been started. */
export interface ProbeStanding {
  readonly probe: Probe;
  readonly state: ProbeState | undefined;
}

/** What readiness depends on, in addition to the manifest. */
interface ReadinessFacts {
  readonly wired: boolean;
  /** One for each probe of the manifest, in its order. */
  readonly probes: readonly ProbeStanding[];
}

/**
 * Whether a pod is ready: never when it is terminating or has ended; else what its Ready condition says; else whether
 * all its probes pass; else, without probes, as soon as it is wired.
 */
export function readinessOf(manifest: Manifest, { wired, probes }: ReadinessFacts): Readiness {
  const { terminating, phase, readyCondition } = manifest;
  if (terminating) return unready('terminating', 'metadata.deletionTimestamp is set');
  if (phase === 'Succeeded' || phase === 'Failed') return unready('terminating', `status.phase is ${phase}`);
  if (readyCondition !== undefined) {
    if (readyCondition.status === 'True') return { ready: true };
    const { status, message } = readyCondition;
    return unready('notReady', `the Ready condition is ${status}${message === '' ? '' : ` (${message})`}`);
  }
  if (probes.length === 0) return wired ? { ready: true } : unready('notReady', 'it is not wired');
  const failing = probes.find(({ state }) => state?.ready === false);
  if (failing !== undefined) return unready('notReady', describe(failing));
  const open = probes.find(({ state }) => state?.ready === undefined);
  if (open === undefined) return { ready: true };
  return unready('probePending', wired ? describe(open) : 'its probes run once it is wired');
}

function unready(reason: 'notReady' | 'terminating' | 'probePending', message: string): Readiness {
  return { ready: false, reason, message };
}

function describe({ probe, state }: ProbeStanding): string {
  const subject = `readinessProbe (${probe.action.kind}) of container ${probe.container}`;
  if (state === undefined || (state.failures === 0 && state.successes === 0)) return `${subject} has not run yet`;
  if (state.failures === 0) return `${subject} passed ${state.successes} times, ${probe.successThreshold} are needed`;
  return `${subject} failed ${state.failures} times, last: ${state.message}`;
}
