/** For how long a repair counts, in milliseconds. */
const MEMORY_MS = 60_000;
/** Repairs that come closer than this, in milliseconds, are of one act: `ip address flush` goes round ten times. */
const ONE_ACT_MS = 1_000;

/** When one thing had to be put right lately, oldest first, in milliseconds. */
export type Repairs = readonly number[];

/** The repairs that still count, with one of this moment. */
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
 * Whether something goes on changing what is put right: then that is a problem, and put right all the same.
 * @param times how many repairs within a minute are no accident.
 */
export function isContested(repairs: Repairs, now: number, times: number): boolean {
  return recent(repairs, now).length >= times;
}
