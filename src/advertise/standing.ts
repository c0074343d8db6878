import type { Allocation } from '../allocation/types.ts';
import { attachmentId, isSamePod, type PodRef, podId } from '../model/attachment.ts';
import type { PodSnapshot, Readiness } from '../pods/types.ts';
import type { PodFault } from '../wiring/pod-faults.ts';
import type { Claimant } from './types.ts';

/** Why a claim does not count now; undefined: it counts. */
export type Withheld = NonNullable<Claimant['withheld']>;

/** What is known about pods, interfaces and removals at one moment. */
export interface Observations {
  readonly pods: PodSnapshot;
  /** From the pod source; undefined: not known yet. */
  readonly readiness: (pod: PodRef) => Readiness | undefined;
  /** Host interfaces that exist and are up. */
  readonly wired: { has(hostInterface: string): boolean };
  /** What a pod has altered at its own end so that packets do not reach it, by host interface. */
  readonly altered: { get(hostInterface: string): readonly PodFault[] | undefined };
  /** Ids of attachments that are being removed. */
  readonly terminating: { has(attachmentId: string): boolean };
}

/** The state of an attachment, apart from the single addresses that it claims. */
export interface Standing {
  /** The farthest obstacle, see reasons.ts. */
  readonly withheld: Withheld | undefined;
  /** The pod's readiness is not known yet. Callers that hold back until everything is known wait for it. */
  readonly undecided: boolean;
  /** The obstacles of some or all of its addresses, see obstacle.ts. */
  readonly faults: readonly PodFault[] | undefined;
}

/** Judges one attachment. */
export function standingOf(allocation: Allocation, seen: Observations): Standing {
  return { ...judge(allocation, seen), faults: seen.altered.get(allocation.hostInterface) };
}

/** The checks come in the order of reasons.ts, farthest first. */
function judge(allocation: Allocation, seen: Observations): Omit<Standing, 'faults'> {
  const name = podId(allocation.pod);
  const settled = (withheld: Withheld | undefined): Omit<Standing, 'faults'> => ({ withheld, undecided: false });
  if (seen.terminating.has(attachmentId(allocation))) {
    return settled({ reason: 'terminating', message: `the attachment of ${name} is being removed` });
  }
  const pod = seen.pods.pods.get(name);
  const readiness = seen.readiness(allocation.pod);
  if (pod !== undefined && isSamePod(pod, allocation.pod) && readiness?.ready === false) {
    if (readiness.reason === 'terminating') return settled({ reason: 'terminating', message: readiness.message });
  }
  if (!seen.pods.synced) {
    return {
      withheld: { reason: 'sourceNotSynced', message: 'the pod source has not been read completely yet' },
      undecided: true,
    };
  }
  if (pod === undefined) {
    return settled({ reason: 'unknownPod', message: `the pod source has no pod ${name}` });
  }
  if (!isSamePod(pod, allocation.pod)) {
    const message = `the pod source has another pod ${name}: its uid is ${pod.uid}, that of the wired one is ${allocation.pod.uid}`;
    return settled({ reason: 'unknownPod', message });
  }
  // A pod that is not wired is not probed, so its probes need not be waited for.
  if (allocation.state !== 'committed') {
    return settled({ reason: 'notWired', message: `the wiring of ${name} is not finished` });
  }
  if (!seen.wired.has(allocation.hostInterface)) {
    return settled({
      reason: 'notWired',
      message: `interface ${allocation.hostInterface} of ${name} is missing, down or without carrier`,
    });
  }
  if (readiness === undefined) {
    return {
      withheld: { reason: 'probePending', message: `nothing is known yet about the readiness of ${name}` },
      undecided: true,
    };
  }
  if (readiness.ready) return settled(undefined);
  return {
    withheld: { reason: readiness.reason, message: readiness.message },
    undecided: readiness.reason === 'probePending',
  };
}
