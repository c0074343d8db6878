// @module-tag real
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Probe } from '../../../../src/pods/pod-source.ts';
import { type ProbeJob, ProbeRunner } from '../../../../src/pods/probes/probe-runner.ts';
import type { ProbeResult } from '../../../../src/pods/probes/probe-state.ts';
import { eventually } from '../../../lab/eventually.ts';
import { makeProbe } from '../fixtures.ts';

/** A runner whose probes do what the test says, and what they did. */
class Rig {
  result: ProbeResult = { ok: true };
  /** What a run waits for, besides being stopped. */
  gate: Promise<unknown> = Promise.resolve();
  readonly runs: string[] = [];
  decisions = 0;
  atOnce = 0;
  mostAtOnce = 0;
  readonly runner = new ProbeRunner({
    now: () => performance.now(),
    onDecision: () => {
      this.decisions += 1;
    },
    run: async (probe, pod, signal) => {
      this.runs.push(`${pod.name} ${probe.container}`);
      this.atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
      const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
      await Promise.race([this.gate, stopped]);
      this.atOnce -= 1;
      return this.result;
    },
  });

  job(id: string, changes: Partial<Probe> = {}, more: Partial<ProbeJob> = {}): ProbeJob {
    const probe = makeProbe({ periodMs: 20, ...changes });
    const pod = { namespace: 'default', name: id, ip4: '10.1.1.2', ip6: undefined };
    return { id, probe, pod, inherited: false, wiredAt: 0, ...more };
  }
}

let rig: Rig;

/** A fresh rig, stopped after the test. */
const fresh = (): Rig => {
  rig = new Rig();
  return rig;
};
afterEach(() => rig.runner.stop());

describe('the probe runner', () => {
  it('runs a probe at once and then each period', async () => {
    const { runner, runs } = fresh();
    runner.update([rig.job('a')]);
    expect(runner.state('a')?.ready).toBeUndefined();
    await eventually(() => runs.length >= 3, 'three runs');
    expect(runner.state('a')?.ready).toBe(true);
  });

  it('waits for the initial delay of a pod that was wired now, and not of one from before', async () => {
    const { runner, runs } = fresh();
    const wiredAt = performance.now();
    runner.update([
      rig.job('new', { initialDelayMs: 60_000 }, { wiredAt }),
      rig.job('old', { initialDelayMs: 60_000 }, { wiredAt, inherited: true }),
    ]);
    await eventually(() => runs.length >= 3, 'three runs');
    expect(new Set(runs)).toEqual(new Set(['old web']));
  });

  it('never runs one probe twice at a time, however slow it is', async () => {
    const { runner } = fresh();
    rig.gate = delay(30);
    runner.update([rig.job('a', { periodMs: 1 })]);
    await eventually(() => rig.runs.length >= 3, 'three runs');
    expect(rig.mostAtOnce).toBe(1);
  });

  it('tells of decisions only, not of every run', async () => {
    const { runner } = fresh();
    runner.update([rig.job('a', { periodMs: 1, failureThreshold: 2 })]);
    await eventually(() => rig.runs.length >= 5, 'five runs');
    expect(rig.decisions).toBe(1);
    rig.result = { ok: false, message: 'refused' };
    await eventually(() => runner.state('a')?.ready === false, 'the probe has failed');
    expect(rig.decisions).toBe(2);
  });

  it('goes on with a probe that is named again, without a run in between', async () => {
    const { runner, runs } = fresh();
    runner.update([rig.job('a', { periodMs: 60_000 })]);
    await eventually(() => runner.state('a')?.ready, 'the probe has passed');
    runner.update([rig.job('a', { periodMs: 60_000 })]);
    await delay(20);
    expect(runs).toHaveLength(1);
    expect(runner.state('a')?.ready).toBe(true);
  });

  it('runs a changed probe at once, and keeps what was decided until it says otherwise', async () => {
    const { runner } = fresh();
    runner.update([rig.job('a', { periodMs: 60_000, initialDelayMs: 10 })]);
    await eventually(() => runner.state('a')?.ready, 'the probe has passed');
    rig.result = { ok: false, message: 'refused' };
    runner.update([rig.job('a', { periodMs: 60_000, initialDelayMs: 60_000, failureThreshold: 1 })]);
    expect(runner.state('a')?.ready).toBe(true);
    await eventually(() => runner.state('a')?.ready === false, 'the changed probe has failed');
  });

  it('starts over with a pod that was wired again', async () => {
    const { runner } = fresh();
    runner.update([rig.job('a')]);
    await eventually(() => runner.state('a')?.ready, 'the probe has passed');
    runner.update([rig.job('a', { initialDelayMs: 60_000 }, { wiredAt: performance.now() })]);
    expect(runner.state('a')?.ready).toBeUndefined();
  });

  it('ends a probe that is not named any more, and forgets it', async () => {
    const { runner, runs } = fresh();
    runner.update([rig.job('a', { periodMs: 1 }), rig.job('b', { periodMs: 1 })]);
    await eventually(() => runs.includes('a web') && runs.includes('b web'), 'both have run');
    runner.update([rig.job('b', { periodMs: 1 })]);
    expect(runner.state('a')).toBeUndefined();
    const before = runs.length;
    await eventually(() => runs.length >= before + 5, 'the other goes on');
    expect(runs.slice(before)).not.toContain('a web');
  });

  it('takes no result of a run that was stopped', async () => {
    const { runner } = fresh();
    rig.gate = new Promise(() => {});
    runner.update([rig.job('a')]);
    await eventually(() => rig.atOnce === 1, 'a run is under way');
    await runner.stop();
    expect(rig.atOnce).toBe(0);
    expect(rig.decisions).toBe(0);
    runner.update([rig.job('b')]);
    expect(runner.state('b')).toBeUndefined();
  });
});
