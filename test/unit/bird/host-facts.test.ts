import { describe, expect, it } from 'vitest';
import { type HostReading, hostFacts } from '../../../src/bird/view/host-facts.ts';
import type { Link, LinkAddress, Route } from '../../../src/kernel/ports.ts';
import { address, prefix } from '../model/fixtures.ts';
import { config, peer, thrownBy } from './fixtures.ts';

function link(index: number, name: string): Link {
  return {
    index,
    name,
    kind: undefined,
    mac: '',
    mtu: 1500,
    up: true,
    carrier: true,
    alias: undefined,
    addrGenMode: 0,
    peerIndex: undefined,
    carrierChanges: 0,
  };
}

function own(linkIndex: number, cidr: string, rest: Partial<LinkAddress> = {}): LinkAddress {
  const [text = '', length] = cidr.split('/');
  return {
    linkIndex,
    address: address(text),
    prefixLength: Number(length),
    scope: 'global',
    tentative: false,
    ...rest,
  };
}

function route(destination: string, linkIndex: number, rest: Partial<Route> = {}): Route {
  const common = {
    gateway: undefined,
    preferredSource: undefined,
    onlink: false,
    metric: 0,
    nextHopId: undefined,
    multipath: [],
  };
  return { destination: prefix(destination), linkIndex, protocol: 2, scope: 'link', ...common, ...rest };
}

function reading(rest: Partial<HostReading> = {}): HostReading {
  return {
    links: [link(1, 'lo'), link(2, 'eth0'), link(3, 'eth1')],
    addresses: [],
    routes: [],
    ways: new Map(),
    ...rest,
  };
}

describe('the router id', () => {
  const addresses = [
    own(1, '127.0.0.1/8', { scope: 'host' }),
    own(1, '10.9.9.9/32'),
    own(3, '10.3.0.1/24'),
    own(2, '169.254.7.7/16', { scope: 'link' }),
    own(2, '2001:db8::1/64'),
    own(2, '10.2.0.7/24'),
    own(2, '10.2.0.1/24'),
    own(9, '10.0.0.1/32'),
  ];
  const host = reading({
    links: [link(3, 'eth1'), link(9, 'flock0000000a'), link(1, 'lo'), link(2, 'eth0')],
    addresses,
  });

  it('is the first global IPv4 address of the lowest interface index, not of lo and not of a pod', () => {
    expect(hostFacts(host, config()).routerId).toBe('10.2.0.7');
  });

  it('stays what it was, whatever addresses come', () => {
    expect(hostFacts(host, config(), { routerId: address('10.7.7.7') }).routerId).toBe('10.7.7.7');
  });

  it("is left to the operator's file with bird.mode: include, also on a node that has no IPv4", () => {
    const bird = { ...config().bird, mode: 'include' } as const;
    expect(hostFacts(host, config({}, { bird }), { routerId: address('10.7.7.7') }).routerId).toBeUndefined();
    expect(hostFacts(reading(), config({}, { bird })).routerId).toBeUndefined();
    const said = config({ routerId: address('10.8.8.8') }, { bird });
    expect(hostFacts(reading(), said).routerId).toBe('10.8.8.8');
  });

  it('is what the configuration says', () => {
    const set = config({ routerId: address('10.8.8.8') });
    expect(hostFacts(host, set, { routerId: address('10.7.7.7') }).routerId).toBe('10.8.8.8');
  });

  it('must be set on a node without IPv4', () => {
    const error = thrownBy(() => hostFacts(reading({ addresses: [own(2, '2001:db8::1/64')] }), config()));
    expect(error).toMatchObject({ code: 'configurationInvalid' });
    expect(error.message).toMatch(/^bgp\.routerId: .*set it/);
  });
});

describe('the source address towards a peer', () => {
  const set = config({
    routerId: address('10.0.0.1'),
    peers: [peer('tor1', '10.0.0.254'), peer('tor2', '10.5.0.254')],
  });
  const way = (linkIndex: number, source: string) => ({ linkIndex, preferredSource: address(source) });

  it('is the one that the kernel would use; a peer without a way has none', () => {
    const host = reading({ addresses: [own(2, '10.0.0.1/24')], ways: new Map([['tor1', way(2, '10.0.0.1')]]) });
    expect([...hostFacts(host, set).sourceAddresses]).toEqual([['tor1', '10.0.0.1']]);
  });

  it('stays while the host has it on the device towards the peer, since another would restart the session', () => {
    const sourceAddresses = new Map([['tor1', address('10.0.0.9')]]);
    const ways = new Map([['tor1', way(2, '10.0.0.1')]]);
    const both = [own(2, '10.0.0.1/24'), own(2, '10.0.0.9/24')];
    expect(hostFacts(reading({ addresses: both, ways }), set, { sourceAddresses }).sourceAddresses.get('tor1')).toBe(
      '10.0.0.9',
    );
    expect(hostFacts(reading({ addresses: both }), set, { sourceAddresses }).sourceAddresses.get('tor1')).toBe(
      '10.0.0.9',
    );
    const moved = [own(2, '10.0.0.1/24'), own(3, '10.0.0.9/24')];
    expect(hostFacts(reading({ addresses: moved, ways }), set, { sourceAddresses }).sourceAddresses.get('tor1')).toBe(
      '10.0.0.1',
    );
    const gone = [own(2, '10.0.0.1/24')];
    expect(hostFacts(reading({ addresses: gone, ways }), set, { sourceAddresses }).sourceAddresses.get('tor1')).toBe(
      '10.0.0.1',
    );
  });
});

describe('connected networks', () => {
  const set = config({ routerId: address('10.0.0.1') });

  it('are those of the addresses of all links but lo and the pods, once each and sorted', () => {
    const links = [link(1, 'lo'), link(2, 'eth0'), link(3, 'eth1'), link(9, 'flock0000000a')];
    const addresses = [
      own(1, '127.0.0.1/8', { scope: 'host' }),
      own(3, '192.168.5.9/22'),
      own(2, '10.0.0.1/24'),
      own(2, '10.0.0.2/24'),
      own(2, '2001:db8::1/64'),
      own(2, 'fe80::1/64', { scope: 'link' }),
      own(9, '10.1.1.2/32'),
    ];
    expect(hostFacts(reading({ links, addresses }), set).connectedNetworks).toEqual([
      '10.0.0.0/24',
      '192.168.4.0/22',
      '2001:db8::/64',
    ]);
  });

  it('are also those of routes without a gateway, but not of ours, of BIRD, of multicast, or the default', () => {
    const routes = [
      route('2001:db8:5::/64', 2, { protocol: 9 }), // on-link prefix of a router advertisement
      route('10.5.0.0/24', 2, { protocol: 4 }),
      route('10.6.0.0/24', 2, { gateway: address('10.0.0.254') }),
      route('10.7.0.0/24', 2, { protocol: 12 }),
      route('192.0.2.1/32', 2, { protocol: 202 }),
      route('0.0.0.0/0', 2),
      route('fe80::/64', 2),
      route('ff00::/8', 2),
      route('10.8.0.0/24', 1),
    ];
    expect(hostFacts(reading({ routes }), set).connectedNetworks).toEqual(['10.5.0.0/24', '2001:db8:5::/64']);
  });
});
