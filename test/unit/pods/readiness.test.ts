import { describe, expect, it } from 'vitest';
import { readinessOf } from '../../../src/pods/readiness.ts';
import { makeManifest, makeProbe, makeState } from './fixtures.ts';

const ready = makeState({ ready: true, successes: 1 });
const failing = makeState({ ready: false, failures: 3, message: 'connect ECONNREFUSED 10.1.1.2:80' });
const open = makeState({ inherited: true, failures: 1, message: 'refused' });
const probe = makeProbe();
const condition = (status: 'True' | 'False' | 'Unknown', message = '') => ({ readyCondition: { status, message } });

describe('a pod', () => {
  it('that is being deleted is never ready, whatever else says so', () => {
    const manifest = makeManifest({ terminating: true, ...condition('True') });
    expect(readinessOf(manifest, { wired: true, probes: [] })).toMatchObject({ ready: false, reason: 'terminating' });
  });

  it.each(['Succeeded', 'Failed'])('in phase %s is never ready', (phase) => {
    const manifest = makeManifest({ phase, ...condition('True') });
    expect(readinessOf(manifest, { wired: true, probes: [{ probe, state: ready }] })).toEqual({
      ready: false,
      reason: 'terminating',
      message: `status.phase is ${phase}`,
    });
  });

  it('with a Ready condition is what the condition says, not what the probes say', () => {
    const facts = (state: typeof ready) => ({ wired: true, probes: [{ probe, state }] });
    expect(readinessOf(makeManifest(condition('True')), facts(failing))).toEqual({ ready: true });
    expect(readinessOf(makeManifest(condition('False', 'draining')), facts(ready))).toEqual({
      ready: false,
      reason: 'notReady',
      message: 'the Ready condition is False (draining)',
    });
    expect(readinessOf(makeManifest(condition('Unknown')), facts(ready))).toMatchObject({ reason: 'notReady' });
  });

  it('without condition and probe is ready as soon as it is wired', () => {
    expect(readinessOf(makeManifest(), { wired: true, probes: [] })).toEqual({ ready: true });
    expect(readinessOf(makeManifest(), { wired: false, probes: [] })).toMatchObject({ reason: 'notReady' });
  });

  it('with probes is ready when all of them pass', () => {
    const judge = (...states: (typeof ready)[]) =>
      readinessOf(makeManifest({ probes: [probe] }), {
        wired: true,
        probes: states.map((state) => ({ probe, state })),
      });
    expect(judge(ready, ready)).toEqual({ ready: true });
    expect(judge(ready, failing)).toEqual({
      ready: false,
      reason: 'notReady',
      message: 'readinessProbe (tcpSocket) of container web failed 3 times, last: connect ECONNREFUSED 10.1.1.2:80',
    });
    expect(judge(open, failing)).toMatchObject({ reason: 'notReady' });
    expect(judge(ready, open)).toEqual({
      ready: false,
      reason: 'probePending',
      message: 'readinessProbe (tcpSocket) of container web failed 1 times, last: refused',
    });
  });

  it('whose probes have not run is pending', () => {
    const facts = { wired: true, probes: [{ probe, state: undefined }] };
    expect(readinessOf(makeManifest({ probes: [probe] }), facts)).toMatchObject({
      reason: 'probePending',
      message: 'readinessProbe (tcpSocket) of container web has not run yet',
    });
    expect(readinessOf(makeManifest({ probes: [probe] }), { ...facts, wired: false })).toMatchObject({
      reason: 'probePending',
      message: 'its probes run once it is wired',
    });
  });
});
