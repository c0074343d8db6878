/** Stamps that show whether files were written since BIRD read them. */
export interface Stamps {
  /** Of the operator's file (`bird.mode: include`). */
  readonly main: string | undefined;
  /** Of flockd's. */
  readonly ours: string;
}

export function isSame(one: Stamps, other: Stamps): boolean {
  return one.main === other.main && one.ours === other.ours;
}
