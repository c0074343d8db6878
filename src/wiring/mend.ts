import type { NetworkNamespace } from '../kernel/ports.ts';
import { carryOut } from './carry-out.ts';
import { hostDifferences } from './differences.ts';
import { hostHardware } from './hardware.ts';
import { observeHost } from './observe.ts';
import type { Difference, ObservedSide, PodWiring } from './types.ts';

/**
 * Corrects what everything else on one end depends on; call it before examining the rest.
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
 * Corrects the host's end of a wired pod.
 * @param observed the end as last read.
 * @returns what was wrong; empty when all is as ADD leaves it.
 * @throws FlockError `wiringFailed` naming what is still wrong.
 */
export async function mendHost(host: NetworkNamespace, wiring: PodWiring, observed: ObservedSide): Promise<string[]> {
  const subject = `host side of ${wiring.hostInterface}`;
  const hardware = await restoreHardware(host, hostHardware(wiring, observed.link), subject);
  const seen = hardware.length === 0 ? observed : await observeHost(host, wiring, 'existing');
  const rest = hostDifferences(wiring, seen);
  await carryOut(host, rest, subject);
  return [...hardware, ...rest.map(({ text }) => text)];
}
