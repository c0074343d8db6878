import type { ChangeJson } from '../api/types.ts';
import type { PendingChange } from '../bird/types.ts';

/** A change of BIRD's configuration that is not confirmed in force, as JSON; null for none. */
export function changeJson(change: PendingChange | undefined): ChangeJson | null {
  if (change === undefined) return null;
  const { state, since, message, resets } = change;
  return {
    ...{ state, since: since.toISOString(), message },
    resets: resets.map(({ protocol, neighbor, reasons }) => ({ session: protocol, neighbor, reasons })),
  };
}
