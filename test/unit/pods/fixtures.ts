import type { Manifest } from '../../../src/pods/directory/manifest.ts';
import type { Probe } from '../../../src/pods/pod-source.ts';
import { newProbeState, type ProbeState } from '../../../src/pods/probes/probe-state.ts';

/** A TCP probe with Kubernetes' defaults. */
export function makeProbe(changes: Partial<Probe> = {}): Probe {
  return {
    container: 'web',
    action: { kind: 'tcpSocket', host: undefined, port: 80 },
    initialDelayMs: 0,
    periodMs: 10_000,
    timeoutMs: 1_000,
    successThreshold: 1,
    failureThreshold: 3,
    ...changes,
  };
}

export function makeManifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    pod: { namespace: 'default', name: 'web', uid: undefined, annotations: new Map(), app: 'web', image: '' },
    terminating: false,
    phase: undefined,
    readyCondition: undefined,
    probes: [],
    ...changes,
  };
}

export function makeState(changes: Partial<ProbeState>): ProbeState {
  return { ...newProbeState(false), ...changes };
}

/** A manifest as text. */
export function podText(
  name: string,
  more: { uid?: string; anycast?: string; ready?: boolean; spec?: string } = {},
): string {
  const { uid, anycast, ready, spec } = more;
  return [
    'kind: Pod',
    'metadata:',
    `  name: ${name}`,
    ...(uid === undefined ? [] : [`  uid: ${uid}`]),
    ...(anycast === undefined ? [] : ['  annotations:', `    flock.fritzlab.net/anycast: ${anycast}`]),
    ...(spec === undefined ? [] : [`spec: ${spec}`]),
    ...(ready === undefined ? [] : [`status: {conditions: [{type: Ready, status: "${ready ? 'True' : 'False'}"}]}`]),
    '',
  ].join('\n');
}
