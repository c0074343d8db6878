import type { NamedNeighbors } from './neighbors.ts';

/**
 * How long a session may take to come back after the change that cost it was rolled back, in milliseconds: the pauses
 * of both sides after an error are over by then (`error wait time 1, 30` in the packaged templates). A session that is
 * not back after that is down for another reason.
 */
const COMES_BACK_MS = 60_000;

/**
 * Neighbours that a change on trial may have cost their session, and that are not back. The next change is compared
 * with what they had before: otherwise a second bad text, or the same one after a crash of flockd, would find them down
 * anyway and have nothing to prove.
 */
export interface LostSessions {
  readonly neighbors: NamedNeighbors;
  /** When the sessions no longer count as lost, in milliseconds of the clock. */
  readonly until: number;
}

export const NONE_LOST: LostSessions = { neighbors: new Map(), until: 0 };

/** A trial has ended unproven. @param before what BIRD had before it. @param ms the present moment. */
export function lostBy(before: NamedNeighbors, ms: number): LostSessions {
  return { neighbors: before, until: ms + COMES_BACK_MS };
}

/**
 * What BIRD has with its neighbours, and what it would have without the earlier changes.
 * @param now what it has. @param ms the present moment.
 */
export function withLost(
  { neighbors, until }: LostSessions,
  now: NamedNeighbors,
  ms: number,
): { readonly neighbors: NamedNeighbors; readonly lost: LostSessions } {
  const away = [...neighbors].filter(
    ([address, { established }]) => established && now.get(address)?.established !== true,
  );
  const lost = new Map(ms >= until ? [] : away);
  return { neighbors: new Map([...now, ...lost]), lost: { neighbors: lost, until } };
}
