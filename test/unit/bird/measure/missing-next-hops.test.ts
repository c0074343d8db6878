import { describe, expect, it } from 'vitest';
import type { HostReading } from '../../../../src/bird/view/host-facts.ts';
import { missingNextHops, nextHopSentences } from '../../../../src/bird/view/missing-next-hops.ts';
import type { LinkAddress } from '../../../../src/kernel/ports.ts';
import { address } from '../../model/fixtures.ts';
import { config, peer } from '../fixtures.ts';

const UPLINK = {
  ...{ index: 2, name: 'eth0', kind: undefined, mac: '', mtu: 1500, up: true, carrier: true, alias: undefined },
  ...{ addrGenMode: 0, peerIndex: undefined, carrierChanges: 0 },
};
const V4 = own('10.0.0.1');
const V6 = own('2001:db8::1');
const LINK_LOCAL = own('fe80::1', 'link');

function own(text: string, scope: LinkAddress['scope'] = 'global', linkIndex = 2): LinkAddress {
  return { linkIndex, address: address(text), prefixLength: 24, scope, tentative: false };
}

function reading(...addresses: readonly LinkAddress[]): HostReading {
  const ways = new Map([['tor1', { linkIndex: 2, preferredSource: undefined }]]);
  return { links: [UPLINK], addresses, routes: [], ways };
}

const both = (router: string) => config({ peers: [peer('tor1', router, { families: [4, 6] })] });
const over4 = both('10.0.0.254');
const over6 = both('2001:db8::fe');

describe('the next hop of what is announced', () => {
  it('is missing for a family of which the device towards the router has no address', () => {
    const missing = missingNextHops(reading(V4, LINK_LOCAL, own('2001:db8:9::1', 'global', 3)), over4);
    expect(missing).toEqual([{ peer: 'tor1', family: 6, device: 'eth0' }]);
    expect(nextHopSentences(missing, '')).toEqual([
      'bgp.peers.tor1: eth0 has no global IPv6 address that could be the next hop, so BIRD announces no IPv6 routes to tor1; give eth0 an address, or remove ipv6 from families',
    ]);
  });

  it('is missing for IPv4 over IPv6, unless a template lets it be of the other family', () => {
    const missing = missingNextHops(reading(V6), over6);
    expect(missing).toEqual([{ peer: 'tor1', family: 4, device: 'eth0' }]);
    expect(nextHopSentences(missing, '\t\textended next hop;\n')).toEqual([]);
    expect(nextHopSentences(missing, '')).toHaveLength(1);
  });

  it.each([
    ['both addresses', reading(V4, V6), over4],
    ['a session of one family', reading(V4), config({ peers: [peer('tor1', '10.0.0.254', { families: [4] })] })],
    ['no way to the router', { ...reading(V4), ways: new Map() }, over4],
  ])('is not missing with %s', (_what, host, of) => {
    expect(missingNextHops(host, of)).toEqual([]);
  });
});
