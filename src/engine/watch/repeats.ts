/** For how long a repair counts, in milliseconds. */
const MEMORY_MS = 60_000;
/**
 * Repairs that come closer than this, in milliseconds, belong to one action: `ip address flush` makes ten rounds.
 */
const ONE_ACT_MS = 1_000;

/** When one thing had to be repaired lately, oldest first, in milliseconds. */
export type Repairs = readonly number[];

/** The repairs that still count, with one that happens now. */
export function withRepair(repairs: Repairs, now: number): Repairs {
  const known = recent(repairs, now);
  const last = known.at(-1);
  return last !== undefined && now - last < ONE_ACT_MS ? known : [...known, now];
}

/** The repairs that still count. */
export function recent(repairs: Repairs, now: number): Repairs {
  return repairs.filter((at) => now - at < MEMORY_MS);
}

/**
 * Whether something keeps changing what is repaired: then that is a problem, and is still repaired.
 * @param times how many repairs within a minute are no accident.
 */
export function isContested(repairs: Repairs, now: number, times: number): boolean {
  return recent(repairs, now).length >= times;
}
