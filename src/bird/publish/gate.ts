import type { Preview, SessionName, SessionReset } from '../preview/types.ts';
import type { Intended } from './losses.ts';
import type { Neighbors } from './neighbors.ts';

/** What a change costs in sessions that are up now. */
export interface SessionCost {
  /** Sessions that would end and begin anew. */
  readonly resets: readonly SessionReset[];
  /** Sessions that would end for good although the configuration has their neighbours. */
  readonly cut: readonly SessionName[];
}

/**
 * What of a preview touches sessions that are up. A session that is down costs nothing: its password, say, may be mended
 * without asking anybody. A session whose neighbour the operator has taken out of the configuration is meant to end.
 */
export function sessionCost(preview: Preview, now: Neighbors, intended: Intended): SessionCost {
  const up = new Set<string>();
  for (const { established, sessions } of now.values()) {
    if (established) for (const session of sessions) up.add(session);
  }
  const stays = new Set([...preview.begins, ...preview.resets].map(({ neighbor }) => neighbor));
  return {
    resets: preview.resets.filter(({ protocol }) => up.has(protocol)),
    cut: preview.ends.filter(
      ({ protocol, neighbor }) => up.has(protocol) && intended.neighbors.includes(neighbor) && !stays.has(neighbor),
    ),
  };
}

/** `tor1 (10.0.0.254): hold time 30 → 60`. */
export function resetText({ protocol, neighbor, reasons }: SessionReset): string {
  return `${protocol}${neighbor === '' ? '' : ` (${neighbor})`}: ${reasons.join(', ')}`;
}
