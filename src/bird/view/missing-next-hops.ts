import type { Config } from '../../config/types.ts';
import { familyOf } from '../../model/address.ts';
import type { MissingNextHop } from '../types.ts';
import type { HostReading } from './host-facts.ts';

/**
 * Families that a session carries in addition to its own, on a device where this host has no address of them. The next
 * hop of announced routes is an address of that device (`bgp_channel_start` in `proto/bgp/bgp.c`); without one BIRD
 * does not send the routes, and reports that only in its log. A peer that cannot be reached at all is another problem.
 */
export function missingNextHops(reading: HostReading, config: Config): MissingNextHop[] {
  const missing: MissingNextHop[] = [];
  for (const { name, address, families } of config.bgp.peers) {
    const index = reading.ways.get(name)?.linkIndex;
    const device = reading.links.find((link) => link.index === index);
    if (device === undefined) continue;
    for (const family of families) {
      const has = reading.addresses.some(
        (own) => own.linkIndex === index && own.scope !== 'link' && familyOf(own.address) === family,
      );
      if (family !== familyOf(address) && !has) missing.push({ peer: name, family, device: device.name });
    }
  }
  return missing;
}

/** The option that lets IPv4 routes have an IPv6 next hop (RFC 8950), set by an operator's template. */
const EXTENDED = 'extended next hop';

/** One sentence for each, with the remedy. @param text of the desired `bird.conf`. */
export function nextHopSentences(missing: readonly MissingNextHop[], text: string): string[] {
  return missing
    .filter(({ family }) => family === 6 || !text.includes(EXTENDED))
    .map(({ peer, family, device }) => {
      const name = `IPv${family}`;
      return `bgp.peers.${peer}: ${device} has no global ${name} address that could be the next hop, so BIRD announces no ${name} routes to ${peer}; give ${device} an address, or remove ipv${family} from families`;
    });
}
