/** For how long a repair counts, in milliseconds. */
const MEMORY_MS = 60_000;
/** So many repairs of one thing within that time are no accident: something goes on changing it. */
const FOUGHT = 4;

/** When one thing had to be put right lately, oldest first, in milliseconds. */
export type Repairs = readonly number[];

/** The repairs that still count, with one of this moment. */
export function withRepair(repairs: Repairs, now: number): Repairs {
  return [...recent(repairs, now), now];
}

/** The repairs that still count. */
export function recent(repairs: Repairs, now: number): Repairs {
  return repairs.filter((at) => now - at < MEMORY_MS);
}

/** Whether something goes on changing what is put right. It is put right all the same, and a problem. */
export function isFought(repairs: Repairs, now: number): boolean {
  return recent(repairs, now).length >= FOUGHT;
}
