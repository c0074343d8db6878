import { type BirdControl, BirdError } from '../../bird-control/types.ts';
import type { Preview, ProtocolChange } from '../../bird-language/compare/types.ts';
import { exportsLost, type Intended, type Loss, unjustified } from './losses.ts';
import { type NamedNeighbors, readNeighbors } from './neighbors.ts';

/** BIRD takes a text on trial back by itself after so many seconds, should flockd end in between. */
const PROBE_SECONDS = 10;

/**
 * Whether a change can be tried out without being felt: it changes what is exported over sessions that stay, and nothing
 * that `configure soft` would carry out at once, such as a session or a protocol that begins anew. Taking it back asks
 * neighbours for their routes where the import changed, which one without route refresh answers with a reset. A static
 * protocol of the operator's that comes or goes does so at once too, which is what he wants of its routes.
 */
export function canBeProbed(preview: Preview): boolean {
  const { resets, begins, ends, refeeds, protocols, withdrawn } = preview;
  const exports = refeeds.some(({ direction }) => direction === 'export');
  const imports = refeeds.some(({ direction }) => direction === 'import');
  const moves = [...resets, ...begins, ...ends, ...withdrawn].length > 0;
  return exports && !imports && !moves && protocols.every(comesOrGoes);
}

function comesOrGoes({ type, change }: ProtocolChange): boolean {
  return change === 'begins' || (change === 'ends' && type === 'static');
}

/**
 * Finds out what the neighbours would lose, without any of them losing it: `configure soft` puts filters in force for
 * questions and for routes that change, but sends nothing again (`channel_reconfigure` in `nest/proto.c`). The old
 * configuration is back when this returns, or BIRD takes it back by itself.
 * @param candidate path of a `bird.conf` that BIRD has judged.
 * @param before what the neighbours are told now.
 * @throws BirdError
 */
export async function probe(
  candidate: string,
  before: NamedNeighbors,
  intended: Intended,
  control: BirdControl,
): Promise<Loss[]> {
  const answer = await control.configure({ file: candidate, soft: true, undoAfterSeconds: PROBE_SECONDS });
  if (answer.outcome !== 'applied')
    throw new BirdError('protocol', `BIRD answers "configure soft" with ${answer.outcome}`);
  try {
    return await unjustified(exportsLost(before, await readNeighbors(control)), intended, control);
  } finally {
    const { outcome } = await control.undo();
    // Somebody else's `configure` came in between: what lies in place is what was there before.
    if (outcome !== 'applied') await control.configure();
  }
}
