import { FlockError } from '../../../src/errors.ts';

/** The FlockError that a call throws; fails when it throws nothing, or something else. */
export function caught(call: () => unknown): FlockError {
  try {
    call();
  } catch (error) {
    if (error instanceof FlockError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
