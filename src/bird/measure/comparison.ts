import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import { exportsLost, type Intended, lossText, unjustified } from './losses.ts';
import { type NamedNeighbors, type Neighbors, readNeighbors } from './neighbors.ts';

/** What a comparison with the state before says of a change on trial. */
export type Finding =
  /** All neighbours are back and receive what they received. */
  | { readonly finding: 'good' }
  /** Not yet; the message says what is missing. */
  | { readonly finding: 'missing'; readonly message: string }
  /** It removes something that does not come back by waiting. */
  | { readonly finding: 'lost'; readonly message: string };

/** How a change is measured. */
export interface Yardstick {
  /** What BIRD had with its neighbours before. */
  readonly before: NamedNeighbors;
  readonly intended: Intended;
  /** Whether neighbours may be sent less than before. */
  readonly mayWithdraw: boolean;
}

/**
 * Finds out whether a change has cost something: a neighbour with a session before, that the text or the configuration still
 * has, must have one, and be sent what it was sent. BIRD not answering is a reason to check again.
 */
export async function compareWithBefore(yardstick: Yardstick, control: BirdControl): Promise<Finding> {
  try {
    const now = await readNeighbors(control);
    if (!yardstick.mayWithdraw) {
      const losses = await unjustified(exportsLost(yardstick.before, now), yardstick.intended, control);
      if (losses.length > 0) return { finding: 'lost', message: lossText(losses) };
    }
    const away = sessionsAway(yardstick, now);
    return away === '' ? { finding: 'good' } : { finding: 'missing', message: away };
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    return { finding: 'missing', message: error.message };
  }
}

/** Which sessions are not back; empty when all are. */
function sessionsAway({ before, intended }: Yardstick, now: Neighbors): string {
  const away: string[] = [];
  for (const [address, old] of before) {
    const current = now.get(address);
    const expected = current !== undefined || intended.neighbors.includes(address);
    if (!old.established || !expected || current?.established === true) continue;
    const state = current === undefined ? 'it is not in the new text' : `BIRD says: ${current.state}`;
    away.push(`the session with ${address} (${old.sessions.join(', ')}) was up and is not (${state})`);
  }
  return away.join('; ');
}
