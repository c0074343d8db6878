import { describe, expect, it } from 'vitest';
import type { Probe } from '../../../../src/pods/pod-source.ts';
import {
  afterRun,
  firstRunDelay,
  newProbeState,
  nextRunDelay,
  type ProbeState,
} from '../../../../src/pods/probes/probe-state.ts';
import { makeProbe } from '../fixtures.ts';

/** What a row of runs decides after each of them: + a success, - a failure. */
function decisions(runs: string, probe: Probe, inherited = false): (boolean | undefined)[] {
  let state: ProbeState = newProbeState(inherited);
  return [...runs].map((run) => {
    state = afterRun(state, run === '+' ? { ok: true } : { ok: false, message: 'refused' }, probe);
    return state.ready;
  });
}

describe('a probe', () => {
  it('has decided nothing before its first run', () => {
    expect(newProbeState(false).ready).toBeUndefined();
  });

  it('of a new pod is decided by its first run', () => {
    expect(decisions('+', makeProbe())).toEqual([true]);
    expect(decisions('-+', makeProbe())).toEqual([false, true]);
  });

  it('needs as many successes in a row as its threshold says', () => {
    expect(decisions('++-++++', makeProbe({ successThreshold: 3 }))).toEqual([
      undefined,
      undefined,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('stays ready until as many failures in a row as its threshold says', () => {
    expect(decisions('+--+---+', makeProbe({ failureThreshold: 3 }))).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it('of a pod that was there before the daemon stays open until a threshold decides', () => {
    expect(decisions('--+', makeProbe(), true)).toEqual([undefined, undefined, true]);
    expect(decisions('---', makeProbe(), true)).toEqual([undefined, undefined, false]);
  });

  it('remembers what the last failure said', () => {
    const failed = afterRun(newProbeState(false), { ok: false, message: 'refused' }, makeProbe());
    expect(failed).toMatchObject({ failures: 1, message: 'refused' });
    expect(afterRun(failed, { ok: true }, makeProbe())).toMatchObject({ failures: 0, successes: 1, message: '' });
  });
});

describe('the time of a run', () => {
  it('is at once for a pod that was there before the daemon', () => {
    expect(firstRunDelay(makeProbe({ initialDelayMs: 5_000 }), true, 0)).toBe(0);
  });

  it('is the initial delay after the wiring of a new pod', () => {
    const probe = makeProbe({ initialDelayMs: 5_000 });
    expect(firstRunDelay(probe, false, 0)).toBe(5_000);
    expect(firstRunDelay(probe, false, 4_000)).toBe(1_000);
    expect(firstRunDelay(probe, false, 60_000)).toBe(0);
  });

  it('is a period after the beginning of the last one, and never before its end', () => {
    expect(nextRunDelay(makeProbe(), 300)).toBe(9_700);
    expect(nextRunDelay(makeProbe({ periodMs: 1_000, timeoutMs: 5_000 }), 4_000)).toBe(0);
  });
});
