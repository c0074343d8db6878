import type { NetworkNamespace } from '../kernel/ports.ts';
import { carryOut } from './carry-out.ts';
import { hostDifferences } from './differences.ts';
import { hostHardware } from './hardware.ts';
import { observeHost } from './observe.ts';
import type { Difference, ObservedSide, PodWiring } from './pod-wiring.ts';

/**
 * Puts right of one end what all the rest depends on: to be done before the rest is looked at.
 * @returns what was wrong. @throws FlockError `wiringFailed` when the kernel refuses.
 */
export async function restoreHardware(
  namespace: NetworkNamespace,
  differences: readonly Difference[],
  subject: string,
): Promise<string[]> {
  await carryOut(namespace, differences, subject);
  return differences.map(({ text }) => text);
}

/**
 * Puts the host's end of a wired pod right.
 * @param observed the end as it was seen.
 * @returns what was wrong; empty when all is as ADD makes it.
 * @throws FlockError `wiringFailed` naming what stays wrong.
 */
export async function mendHost(host: NetworkNamespace, wiring: PodWiring, observed: ObservedSide): Promise<string[]> {
  const subject = `host side of ${wiring.hostInterface}`;
  const hardware = await restoreHardware(host, hostHardware(wiring, observed.link), subject);
  const seen = hardware.length === 0 ? observed : await observeHost(host, wiring, 'existing');
  const rest = hostDifferences(wiring, seen);
  await carryOut(host, rest, subject);
  return [...hardware, ...rest.map(({ text }) => text)];
}
