import type { NamedNeighbors } from './neighbors.ts';

/**
 * How long a session may take to come back after a change that has cost it was taken back, in milliseconds: the pauses of
 * both sides after an error are over by then (`error wait time 1, 30` in the packaged templates). Whoever is not back
 * after that is down for another reason.
 */
const OWED_MS = 60_000;

/**
 * Neighbours that a change on trial may have cost their session, and that are not back. The next change is measured by
 * what they had before: otherwise a second bad text, or the same one after a crash of flockd, would find them down
 * anyway and have nothing to prove.
 */
export interface Owed {
  /** A trial is over without being proven; this is what there was before it. */
  add(before: NamedNeighbors): void;
  /** What BIRD has with its neighbours, and what it would have if it were not for the changes before. */
  reckon(now: NamedNeighbors): NamedNeighbors;
}

export function createOwed(): Owed {
  let owed: NamedNeighbors = new Map();
  let until = 0;
  return {
    add(before) {
      owed = before;
      until = performance.now() + OWED_MS;
    },
    reckon(now) {
      const late = performance.now() >= until;
      const away = [...owed].filter(
        ([address, { established }]) => established && now.get(address)?.established !== true,
      );
      owed = new Map(late ? [] : away);
      return new Map([...now, ...owed]);
    },
  };
}
