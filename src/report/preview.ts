import type { PreviewJson } from '../api/types.ts';
import { isEstablished } from '../bird-control/running.ts';
import type { ProtocolStatus } from '../bird-control/types.ts';
import type { Preview, SessionName } from '../bird-language/compare/types.ts';

/**
 * What a change does, with the state of the sessions that it ends.
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

/** The preview names a session as BIRD knows it before the change. One that BIRD does not know is not up. */
function isUp({ protocol }: SessionName, running: readonly ProtocolStatus[] | undefined): boolean | null {
  if (running === undefined) return null;
  return running.some((session) => session.name === protocol && isEstablished(session));
}
