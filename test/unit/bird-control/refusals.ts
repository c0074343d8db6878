import { expect } from 'vitest';
import { BirdError } from '../../../src/bird-control/index.ts';

/** The result, or undefined when the function refuses its input with a BirdError of the given kinds. Fails otherwise. */
export function unlessRefused<T>(kinds: readonly BirdError['kind'][], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    expect(kinds).toContain(error.kind);
    return undefined;
  }
}
