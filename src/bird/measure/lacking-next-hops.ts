import { isEstablished } from '../../bird-control/running.ts';
import type { ProtocolStatus } from '../../bird-control/types.ts';
import { FAMILIES, type Family } from '../../model/address.ts';
import type { Problem } from '../../model/problem.ts';
import type { MissingNextHop } from '../types.ts';

/** BIRD's notation for a missing next hop (IPA_NONE is an IPv6 address in all its messages). */
const NONE = '::';

/**
 * Whether a session is up without a next hop for the routes of a family. BIRD picks one from the addresses of the
 * device once, when the session comes up (`bgp_channel_start` in `proto/bgp/bgp.c`); without one it counts routes as
 * exported that it never sends.
 */
export function lacksNextHop(protocol: ProtocolStatus, family: Family): boolean {
  if (protocol.type !== 'BGP' || !isEstablished(protocol)) return false;
  const channel = protocol.channels.find(({ name }) => name === `ipv${family}`);
  return channel?.state === 'UP' && channel.nextHop === NONE;
}

/**
 * Sessions still without a next hop although their device has acquired an address since: only a new session helps.
 * @param protocols all of BIRD's, or only the sessions. @param peerOf the configured name of a protocol's peer.
 * @param missing what is reported already: the device still has no address.
 */
export function lackingNextHops(
  protocols: readonly ProtocolStatus[],
  peerOf: (protocol: string) => string,
  missing: readonly MissingNextHop[],
): Problem<'nextHopMissing'>[] {
  return protocols.flatMap((protocol) =>
    FAMILIES.filter((family) => lacksNextHop(protocol, family)).flatMap((family) => {
      const peer = peerOf(protocol.name);
      if (missing.some((one) => one.peer === peer && one.family === family)) return [];
      const ip = `IPv${family}`;
      const message = `session ${peer}: BIRD announces no ${ip} routes to it, since the device had no global ${ip} address when the session came up; it has one now: "birdc restart ${protocol.name}" makes BIRD use it, and resets the session`;
      return [{ code: 'nextHopMissing', message }];
    }),
  );
}
