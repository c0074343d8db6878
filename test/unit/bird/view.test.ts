import { describe, expect, it } from 'vitest';
import { peerProtocol } from '../../../src/bird/names.ts';
import { buildView } from '../../../src/bird/view/view.ts';
import { RESERVED_WORDS } from '../../../src/bird-language/text/reserved-words.ts';
import type { Address } from '../../../src/model/address.ts';
import { address, prefix } from '../model/fixtures.ts';
import { config, facts, peer, thrownBy } from './fixtures.ts';

const hostile = (text: string) => text as Address; // A text that has gone around the parser.

describe('the values for the templates', () => {
  it('give each peer its source address, and a session per peer', () => {
    const tor = peer('tor1', '10.0.0.254', { families: [6, 4] });
    const view = buildView({ config: config({ peers: [tor] }), facts: facts({ tor1: '10.0.0.1' }) });
    expect(view.routerId).toBe('10.0.0.1');
    expect(view.peers).toMatchObject([
      {
        name: 'tor1',
        protocol: 'tor1',
        address: '10.0.0.254',
        asn: 64600,
        localAsn: 64601,
        sourceAddress: '10.0.0.1',
        disabled: false,
      },
    ]);
    expect(view.peers[0]?.channels.map(({ channel }) => channel)).toEqual(['ipv4', 'ipv6']);
  });

  it('disable a peer towards which no source address is known', () => {
    const view = buildView({ config: config({ peers: [peer('tor1', '10.0.0.254')] }), facts: facts() });
    expect(view.peers[0]).toMatchObject({ disabled: true, sourceAddress: '' });
  });

  it('prefer the source address of the configuration', () => {
    const tor = peer('tor1', '10.0.0.254', { sourceAddress: address('10.0.0.9') });
    const view = buildView({ config: config({ peers: [tor] }), facts: facts({ tor1: '10.0.0.1' }) });
    expect(view.peers[0]).toMatchObject({ disabled: false, sourceAddress: '10.0.0.9' });
  });

  it('sort peers by name and networks by text', () => {
    const peers = [peer('b', '10.0.0.2'), peer('a', '10.0.0.3')];
    const input = {
      config: config({ peers }),
      facts: facts({}, { connectedNetworks: ['10.9.0.0/16', '10.0.0.0/24'] }),
    };
    const view = buildView(input);
    expect(view.peers.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(view.families[0]?.neverImported).toEqual([
      '10.0.0.0/24+',
      '10.1.1.0/24+',
      '10.9.0.0/16+',
      '169.254.0.0/16+',
    ]);
  });

  it('never import pools, connected networks and link-local addresses', () => {
    const view = buildView({ config: config(), facts: facts() });
    expect(view.families.map(({ neverImported }) => neverImported)).toEqual([
      ['10.0.0.0/24+', '10.1.1.0/24+', '169.254.0.0/16+'],
      ['2001:db8:1:1::/64+', '2001:db8::/64+', 'fe80::/10+'],
    ]);
  });

  it('leave the summary of a family without a pool empty', () => {
    const view = buildView({
      config: config({}, { pools: { ip4: undefined, ip6: prefix('2001:db8:1:1::/64') } }),
      facts: facts(),
    });
    expect(view.families.map(({ summary }) => summary)).toEqual(['', '2001:db8:1:1::/64']);
  });

  it('give a peer with the name of a BIRD keyword another protocol name', () => {
    expect(peerProtocol('router')).toBe('peer_router');
    expect(peerProtocol('kernel4')).toBe('peer_kernel4');
    expect(peerProtocol('flock_announce4')).toBe('peer_flock_announce4');
    expect(peerProtocol('RTS_BGP')).toBe('peer_RTS_BGP');
    expect(peerProtocol('tor1')).toBe('tor1');
    expect([...RESERVED_WORDS]).toContain('local');
  });

  it.each([
    [
      'a name with a brace',
      peer('tor1', '10.0.0.254', { name: 'x { }' }),
      /bgp\.peers\[\]\.name: "x \{ \}" must be a letter/,
    ],
    ['a name with a newline', peer('tor1', '10.0.0.254', { name: 'x\ny' }), /must be a letter followed/],
    ['an empty name', peer('tor1', '10.0.0.254', { name: '' }), /must be a letter followed/],
    [
      'an address that is none',
      peer('tor1', '10.0.0.254', { address: hostile('10.0.0.1; }') }),
      /bgp\.peers\.tor1\.address/,
    ],
    ['a link-local address', peer('tor1', 'fe80::1'), /bgp\.peers\.tor1\.address: "fe80::1" is a link-local/],
    [
      'a source of the other family',
      peer('tor1', '10.0.0.254', { sourceAddress: address('2001:db8::1') }),
      /sourceAddress.*same family/,
    ],
    ['AS number 0', peer('tor1', '10.0.0.254', { asn: 0 }), /bgp\.peers\.tor1\.asn: 0 must be/],
    ['an AS number that is no whole number', peer('tor1', '10.0.0.254', { asn: 1.5 }), /must be an AS number/],
    ['no family', peer('tor1', '10.0.0.254', { families: [] }), /bgp\.peers\.tor1\.families/],
    ['an address inside a pool', peer('tor1', '10.1.1.7'), /10\.1\.1\.7 is inside pools\.ipv4 10\.1\.1\.0\/24/],
  ])('refuse a peer with %s', (_what, bad, message) => {
    const error = thrownBy(() => buildView({ config: config({ peers: [bad] }), facts: facts() }));
    expect(error).toMatchObject({ code: 'configurationInvalid' });
    expect(error.message).toMatch(message);
  });

  it('refuse two peers of one name, and names that become one in BIRD', () => {
    const twice = [peer('a', '10.0.0.2'), peer('a', '10.0.0.3')];
    expect(() => buildView({ config: config({ peers: twice }), facts: facts() })).toThrow(/two are called a;/);
    const clash = [peer('router', '10.0.0.2'), peer('peer_router', '10.0.0.3')];
    expect(() => buildView({ config: config({ peers: clash }), facts: facts() })).toThrow(
      /peer_router and router would both be peer_router in BIRD; rename one of them/,
    );
  });

  it.each(['0.0.0.0', '2001:db8::1', '10.0.0.1;', ''])('refuse the router id %j', (id) => {
    expect(() => buildView({ config: config(), facts: facts({}, { routerId: hostile(id) }) })).toThrow(/bgp\.routerId/);
  });

  it.each(['10.0.0.1/24', '10.0.0.0/24; }', 'x', '2001:DB8::/64'])('refuse the connected network %j', (network) => {
    const input = { config: config(), facts: facts({}, { connectedNetworks: [network] }) };
    expect(() => buildView(input)).toThrow(/not a prefix in canonical form/);
  });

  it('are frozen', () => {
    const view = buildView({ config: config({ peers: [peer('a', '10.0.0.2')] }), facts: facts() });
    expect(Object.isFrozen(view) && Object.isFrozen(view.peers) && Object.isFrozen(view.peers[0]?.channels)).toBe(true);
  });
});
