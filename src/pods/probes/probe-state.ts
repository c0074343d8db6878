import type { Probe } from '../pod-source.ts';

/** What one run of a probe found. */
export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** The result of the runs of one probe. */
export interface ProbeState {
  /** Undefined: not decided yet. */
  readonly ready: boolean | undefined;
  /** The pod was wired before the daemon started, and may have been ready. */
  readonly inherited: boolean;
  /** Consecutive ones, up to the last run; one of the two is 0. */
  readonly successes: number;
  readonly failures: number;
  /** Message of the last failure; empty after a success. */
  readonly message: string;
}

/** A probe that has not run. */
export function newProbeState(inherited: boolean): ProbeState {
  return { ready: undefined, inherited, successes: 0, failures: 0, message: '' };
}

/**
 * The state after a run. A container starts unready, so one failure decides a new one; one that an earlier daemon may
 * have seen ready stays undecided until its failure threshold, so that a restart withdraws nothing because of a single
 * failure.
 */
export function afterRun(state: ProbeState, result: ProbeResult, probe: Probe): ProbeState {
  if (result.ok) {
    const successes = state.successes + 1;
    const ready = successes >= probe.successThreshold ? true : state.ready;
    return { ...state, ready, successes, failures: 0, message: '' };
  }
  const failures = state.failures + 1;
  const settled = failures >= probe.failureThreshold || (state.ready === undefined && !state.inherited);
  return { ...state, ready: settled ? false : state.ready, successes: 0, failures, message: result.message };
}

/**
 * Milliseconds until the first run. None if the pod existed before the daemon: its delay has long passed.
 * @param wiredFor how long the pod has been wired, in milliseconds.
 */
export function firstRunDelay(probe: Probe, inherited: boolean, wiredFor: number): number {
  return inherited ? 0 : Math.max(0, probe.initialDelayMs - wiredFor);
}

/**
 * Milliseconds until the next run: one period from the start of the last one, and never overlapping it.
 * @param ranFor how long the last run took, in milliseconds.
 */
export function nextRunDelay(probe: Probe, ranFor: number): number {
  return Math.max(0, probe.periodMs - ranFor);
}
