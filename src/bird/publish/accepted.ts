import type { RenderedFiles } from '../types.ts';

/** What BIRD has in force, and the state of the files that it read it from. */
export interface Accepted extends RenderedFiles {
  readonly stamps: Stamps;
}

/** What tells that files were written. */
export interface Stamps {
  /** Of the operator's file (`bird.mode: include`). */
  readonly main: string | undefined;
  /** Of ours. */
  readonly ours: string;
}

export function isSame(one: Stamps, other: Stamps): boolean {
  return one.main === other.main && one.ours === other.ours;
}
