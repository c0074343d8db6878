import { describe, expect, it } from 'vitest';
import { lackingNextHops } from '../../../../src/bird/measure/lacking-next-hops.ts';
import { outlineOf } from '../../../../src/bird/measure/memory.ts';
import type { ProtocolStatus } from '../../../../src/bird-control/types.ts';
import { bgpPeer } from '../../engine/told.ts';

/** A session with a channel of each family. */
function session(state: string, nextHop6: string | undefined): ProtocolStatus {
  const channel = (name: string, nextHop: string | undefined) => ({
    ...{ name, state: 'UP', table: undefined, imported: 0, filtered: 0, exported: 1, preferred: 0, nextHop },
    ...{ importFilter: undefined, exportFilter: undefined },
  });
  return { ...bgpPeer('peer_tor', state), channels: [channel('ipv4', '10.0.0.1'), channel('ipv6', nextHop6)] };
}

const nameOf = (): string => 'tor';

describe('a session that came up without a next hop', () => {
  it('is a problem with its remedy, and announces nothing of the family', () => {
    const deaf = session('Established', '::');
    expect(lackingNextHops([deaf], nameOf, [])).toEqual([
      {
        code: 'nextHopMissing',
        message:
          'session tor: BIRD announces no IPv6 routes to it, since the device had no global IPv6 address when the session came up; it has one now: "birdc restart peer_tor" makes BIRD use it, and resets the session',
      },
    ]);
    expect(outlineOf(6, [deaf]).tellers).toEqual([]);
    expect(outlineOf(4, [deaf]).tellers).toEqual(['peer_tor']);
  });

  it('is none while its device still has no address, which is told already', () => {
    const missing = [{ peer: 'tor', family: 6 as const, device: 'up0' }];
    expect(lackingNextHops([session('Established', '::')], nameOf, missing)).toEqual([]);
  });

  it.each([
    ['with a next hop', session('Established', '2001:db8::1')],
    ['of which BIRD does not say', session('Established', undefined)],
    ['that is down', session('Active', '::')],
  ])('is none: one %s', (_what, fine) => {
    expect(lackingNextHops([fine], nameOf, [])).toEqual([]);
  });
});
