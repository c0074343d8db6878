import { isSamePod, type PodRef, podId } from '../model/attachment.ts';
import type { WiredPod } from './pod-source.ts';

/** A wired pod, and since when it has been wired. */
export interface Wiring {
  readonly pod: WiredPod;
  /** In milliseconds of the source's clock. A different time means a different wiring. */
  readonly wiredAt: number;
  /** Wired before the daemon started. */
  readonly inherited: boolean;
}

/** The set of wired pods, which remembers since when each has been in it. */
export class WiredPods {
  #wirings: ReadonlyMap<string, readonly Wiring[]> | undefined;

  /**
   * Replaces the set. Pods of the first set were wired before the daemon started.
   * @returns whether anything has changed.
   */
  replace(pods: readonly WiredPod[], now: number): boolean {
    const before = this.#wirings;
    const wirings = new Map<string, Wiring[]>();
    let changed = before === undefined;
    for (const pod of pods) {
      const id = podId(pod);
      const known = before?.get(id)?.find((wiring) => isSameWiring(wiring.pod, pod));
      const fresh: Wiring = { pod, wiredAt: now, inherited: before === undefined };
      if (known === undefined || known.pod.uid !== pod.uid) changed = true;
      wirings.set(id, [...(wirings.get(id) ?? []), known === undefined ? fresh : { ...known, pod }]);
    }
    const count = (map: typeof before): number =>
      [...(map?.values() ?? [])].reduce((sum, list) => sum + list.length, 0);
    this.#wirings = wirings;
    return changed || count(before) !== count(wirings);
  }

  /** The wiring of a pod; of several, the one named first. */
  find(pod: PodRef): Wiring | undefined {
    return this.#wirings?.get(podId(pod))?.find((wiring) => isSamePod(wiring.pod, pod));
  }
}

/** A uid that becomes known later (allocations rebuilt from the kernel have none) does not make it another pod. */
function isSameWiring(a: WiredPod, b: WiredPod): boolean {
  return isSamePod(a, b) && a.ip4 === b.ip4 && a.ip6 === b.ip6;
}
