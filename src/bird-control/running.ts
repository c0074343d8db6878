import { type BirdControl, BirdError, type ProtocolStatus } from './types.ts';

/** BIRD's protocols, or why it cannot be asked for them. */
export type Running =
  | { readonly protocols: readonly ProtocolStatus[] }
  | { readonly protocols: undefined; readonly why: string };

/** Asks BIRD for its protocols, for an answer that is useful even without them. */
export async function askRunning(control: Pick<BirdControl, 'showProtocols'>): Promise<Running> {
  try {
    return { protocols: await control.showProtocols() };
  } catch (error) {
    if (!(error instanceof BirdError)) throw error;
    return { protocols: undefined, why: error.message };
  }
}

/** Whether a BGP session is up, by BIRD's name for the state (`bgp_state_dsc` in `proto/bgp/bgp.c`). */
export function isEstablished({ bgp, info }: ProtocolStatus): boolean {
  return (bgp?.state ?? info) === 'Established';
}
