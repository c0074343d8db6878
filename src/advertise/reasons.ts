/** Why an address is withheld: the closed list of docs/flockctl.md, in its order. */
export const REASONS = [
  'notReady',
  'probePending',
  'terminating',
  'notWired',
  'podAltered',
  'familyMissing',
  'notAllowed',
  'unknownPod',
  'sourceNotSynced',
  // Those of later stages, which report/addresses.ts finds.
  'routeFailed',
  'birdUnavailable',
  'publishPending',
  'publishRefused',
  'notInBird',
  'noPeer',
] as const;

/** Why an address is withheld, as one word. Never renamed or removed: programs compare it. */
export type WithheldReason = (typeof REASONS)[number];

/**
 * The reasons of this stage, from the farthest from being advertised to the nearest. Both choices follow this one
 * order: of everything that holds a claimant back, its reason is the farthest, since nothing helps until that is
 * resolved; of all claimants of an address, the address shows the reason of the nearest, since that is the one to wait
 * for.
 */
const FARTHEST_FIRST = [
  // The attachment is being removed, or the pod is terminating: it will not come back.
  'terminating',
  // The configuration, or the pod itself, has to be changed.
  'notAllowed',
  'familyMissing',
  // The pod's manifest has to appear (again), or the source to answer.
  'unknownPod',
  'sourceNotSynced',
  // The wiring has to be finished or repaired.
  'notWired',
  'podAltered',
  // The pod has to become ready; a probe that has not answered yet may do so at once.
  'notReady',
  'probePending',
] as const satisfies readonly WithheldReason[];

/** How far a reason is from being advertised; larger is nearer. Reasons of later stages are nearer than all of these. */
export function nearness(reason: WithheldReason): number {
  const rank = (FARTHEST_FIRST as readonly WithheldReason[]).indexOf(reason);
  return rank === -1 ? FARTHEST_FIRST.length : rank;
}
