import type { PreviewJson } from '../api/types.ts';
import { isEstablished } from '../bird-control/running.ts';
import type { ProtocolStatus } from '../bird-control/types.ts';
import type { Preview, SessionName } from '../bird-language/compare/types.ts';

/**
 * The effects of a change, with the state of the sessions that it ends.
 * @param running BIRD's protocols; undefined when BIRD could not be asked.
 */
export function previewJson(preview: Preview, running: readonly ProtocolStatus[] | undefined): PreviewJson {
  const named = ({ protocol, neighbor }: SessionName) => ({ session: protocol, neighbor });
  const stated = (session: SessionName) => ({ ...named(session), established: isUp(session, running) });
  return {
    resets: preview.resets.map((reset) => ({ ...stated(reset), reasons: reset.reasons })),
    begins: preview.begins.map(named),
    ends: preview.ends.map(stated),
    refeeds: preview.refeeds.map(({ protocol, channel, direction, reasons }) => ({
      ...{ session: protocol, channel, direction, reasons },
    })),
    protocols: preview.protocols,
    announced: preview.announced,
    withdrawn: preview.withdrawn,
  };
}

/** The preview has a session's name in BIRD before the change. One unknown to BIRD is not up. */
function isUp({ protocol }: SessionName, running: readonly ProtocolStatus[] | undefined): boolean | null {
  if (running === undefined) return null;
  return running.some((session) => session.name === protocol && isEstablished(session));
}
