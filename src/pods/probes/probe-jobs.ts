import { type PodRef, podId } from '../../model/attachment.ts';
import type { Manifest } from '../directory/manifest.ts';
import type { ProbeStanding } from '../readiness.ts';
import type { Wiring } from '../wired-pods.ts';
import type { ProbeJob } from './probe-runner.ts';
import type { ProbeState } from './probe-state.ts';

/**
 * The probes that should run: those of wired pods whose readiness nothing else decides.
 * @param wiringOf returns the wiring of a pod, if there is one.
 */
export function probeJobs(
  manifests: Iterable<Manifest>,
  wiringOf: (pod: PodRef) => Wiring | undefined,
): readonly ProbeJob[] {
  const jobs: ProbeJob[] = [];
  for (const manifest of manifests) {
    const { probes, readyCondition, terminating, phase } = manifest;
    if (probes.length === 0 || readyCondition !== undefined || terminating) continue;
    if (phase === 'Succeeded' || phase === 'Failed') continue;
    const wiring = wiringOf(manifest.pod);
    if (wiring === undefined) continue;
    for (const [index, probe] of probes.entries()) jobs.push({ id: jobId(manifest, index), probe, ...wiring });
  }
  return jobs;
}

/** The probes of a manifest with the results of their runs. */
export function probeStandings(
  manifest: Manifest,
  stateOf: (jobId: string) => ProbeState | undefined,
): readonly ProbeStanding[] {
  return manifest.probes.map((probe, index) => ({ probe, state: stateOf(jobId(manifest, index)) }));
}

function jobId(manifest: Manifest, index: number): string {
  return `${podId(manifest.pod)} ${manifest.probes[index]?.container}#${index}`;
}
