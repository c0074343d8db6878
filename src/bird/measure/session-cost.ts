import type { Preview, ProtocolChange, SessionName, SessionReset } from '../../bird-language/compare/types.ts';
import { FAMILIES } from '../../model/address.ts';
import { announceProtocol } from '../names.ts';
import type { Intended } from './losses.ts';
import type { Neighbors } from './neighbors.ts';

/** What a change costs in sessions that are up now. */
interface SessionCost {
  /** Sessions that would restart. */
  readonly resets: readonly SessionReset[];
  /** Sessions that would end permanently although the configuration has their neighbours. */
  readonly cut: readonly SessionName[];
}

/**
 * The part of a preview that affects sessions that are up. A session that is down costs nothing: its password, for
 * example, may be corrected without permission. A session whose neighbour the operator has taken out of the
 * configuration is meant to end.
 */
export function sessionCost(preview: Preview, now: Neighbors, intended: Intended): SessionCost {
  const up = new Set<string>();
  for (const { established, sessions } of now.values()) {
    if (established) for (const session of sessions) up.add(session);
  }
  const stays = new Set([...preview.begins, ...preview.resets].map(({ neighbor }) => neighbor));
  return {
    resets: [...preview.resets, ...unanswerable(preview, now)].filter(({ protocol }) => up.has(protocol)),
    cut: preview.ends.filter(
      ({ protocol, neighbor }) => up.has(protocol) && intended.neighbors.includes(neighbor) && !stays.has(neighbor),
    ),
  };
}

/**
 * Sessions whose routers cannot send their routes again when BIRD asks for them, since they lack route refresh (RFC 2918):
 * BIRD restarts such a session (`channel_request_reload` in `nest/proto.c`).
 */
function unanswerable({ refeeds }: Preview, now: Neighbors): SessionReset[] {
  return [...now].flatMap(([neighbor, { withoutRefresh = [] }]) =>
    withoutRefresh.flatMap((session) => {
      const asked = refeeds.filter(({ protocol, direction }) => protocol === session && direction === 'import');
      const reasons = asked.map(
        ({ channel, reasons: why }) => `${channel} ${why.join(', ')}, and the router has no route refresh`,
      );
      return reasons.length === 0 ? [] : [{ protocol: session, neighbor, reasons }];
    }),
  );
}

/**
 * What a text stops announcing by itself, whatever its filters do: pools that the configuration has, and the announced
 * addresses of a family as a whole. As parts of a sentence.
 */
export function stoppedByText({ withdrawn, protocols }: Preview, { summaries }: Intended): string[] {
  const ended = new Set(protocols.filter(({ change }) => change === 'ends').map(({ protocol }) => protocol));
  return [
    ...withdrawn.filter((network) => summaries.includes(network)).map((network) => `the route of the pool ${network}`),
    ...FAMILIES.filter((family) => ended.has(announceProtocol(family))).map(
      (family) => `all announced addresses of IPv${family}`,
    ),
  ];
}

/** `tor1 (10.0.0.254): hold time 30 → 60`. */
export function resetText({ protocol, neighbor, reasons }: SessionReset): string {
  return `${protocol}${neighbor === '' ? '' : ` (${neighbor})`}: ${reasons.join(', ')}`;
}

/**
 * Whether a change can be run dry: it changes what is exported over sessions that stay, and nothing that `configure
 * soft` would carry out at once, such as a session or a protocol that restarts. Rolling it back asks neighbours for
 * their routes where the import changed, which one without route refresh answers with a reset. A static protocol of the
 * operator's that comes or goes does so at once too, which is what the operator wants of its routes.
 */
export function canRunDry(preview: Preview): boolean {
  const { resets, begins, ends, refeeds, protocols, withdrawn } = preview;
  const exports = refeeds.some(({ direction }) => direction === 'export');
  const imports = refeeds.some(({ direction }) => direction === 'import');
  const moves = [...resets, ...begins, ...ends, ...withdrawn].length > 0;
  return exports && !imports && !moves && protocols.every(comesOrGoes);
}

function comesOrGoes({ type, change }: ProtocolChange): boolean {
  return change === 'begins' || (change === 'ends' && type === 'static');
}
