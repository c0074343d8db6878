import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import { exportsLost, type Intended, type Loss, unjustified } from './losses.ts';
import { type NamedNeighbors, readNeighbors } from './neighbors.ts';

/** BIRD rolls a text on trial back by itself after so many seconds, in case flockd ends in between. */
const DRY_RUN_SECONDS = 10;

/**
 * Finds out what the neighbours would lose, without any of them losing it: `configure soft` puts filters in force for
 * questions and for routes that change, but sends nothing again (`channel_reconfigure` in `nest/proto.c`). The old
 * configuration is back when this returns, or BIRD rolls back by itself.
 * @param candidate path of a `bird.conf` that BIRD has judged.
 * @param before what the neighbours are sent now.
 * @throws BirdError
 */
export async function dryRun(
  candidate: string,
  before: NamedNeighbors,
  intended: Intended,
  control: BirdControl,
): Promise<Loss[]> {
  const answer = await control.configure({ file: candidate, soft: true, undoAfterSeconds: DRY_RUN_SECONDS });
  if (answer.outcome !== 'applied')
    throw new BirdError('protocol', `BIRD answers "configure soft" with ${answer.outcome}`);
  try {
    return await unjustified(exportsLost(before, await readNeighbors(control)), intended, control);
  } finally {
    const { outcome } = await control.undo();
    // Another program's `configure` came in between: what is in place is what was there before.
    if (outcome !== 'applied') await control.configure();
  }
}
