import { type AttachmentKey, isSameAttachment } from '../model/attachment.ts';
import type { Allocation, AllocationState } from './types.ts';

/** The allocation of an attachment, if there is one. */
export function findAllocation(state: AllocationState, key: AttachmentKey): Allocation | undefined {
  return state.allocations.find((allocation) => isSameAttachment(allocation, key));
}

/** The state with this allocation added, replacing an older one of the same attachment. */
export function withAllocation(state: AllocationState, allocation: Allocation): AllocationState {
  return {
    ...state,
    allocations: [...state.allocations.filter((other) => !isSameAttachment(other, allocation)), allocation],
  };
}

/** The state without the allocation of this attachment. */
export function withoutAllocation(state: AllocationState, key: AttachmentKey): AllocationState {
  return { ...state, allocations: state.allocations.filter((other) => !isSameAttachment(other, key)) };
}
