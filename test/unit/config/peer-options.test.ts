import { describe, expect, it } from 'vitest';
import type { Peer } from '../../../src/config/types.ts';
import { parse, refusalsOf } from './fixtures.ts';

const BASE = ['name: tor1', 'address: 10.0.0.254', 'asn: 64600'];

/** A configuration with one peer; a key here replaces the one of the base. */
function withPeer(keys: string): string {
  const name = keys.split(':')[0];
  const peer = [...BASE.filter((key) => !key.startsWith(`${name}:`)), keys].join(', ');
  return `pools: { ipv4: 10.1.1.0/24, ipv6: "2001:db8:1:1::/64" }\nbgp: { asn: 64601, peers: [{ ${peer} }] }\n`;
}

function peerOf(keys: string): Peer {
  const [peer] = parse(withPeer(keys)).bgp.peers;
  if (peer === undefined) throw new Error('there is no peer');
  return peer;
}

const BOTH = 'families: [ipv4, ipv6]';
const INTERNAL = 'asn: 64601';

describe('the options of a peer', () => {
  it.each([
    ['description: "rack 7, it\'s {left}; #1"', { description: "rack 7, it's {left}; #1" }],
    ['localAsn: 65010', { localAsn: 65010 }],
    ['port: 1179', { port: 1179 }],
    ['passive: true', { passive: true }],
    ['multihop: 255', { multihop: 255, import: 'none' }],
    ['multihop: 1, import: none', { multihop: 1, import: 'none' }],
    ['ttlSecurity: true', { ttlSecurity: true, import: 'default' }],
    ['passwordFile: /etc/flock/tor1', { passwordFile: '/etc/flock/tor1' }],
    ['bfd: true', { bfd: true }],
    ['holdTime: 3, keepaliveTime: 1', { holdTime: 3, keepaliveTime: 1 }],
    ['keepaliveTime: 10', { keepaliveTime: 10 }],
    ['gracefulRestart: off', { gracefulRestart: 'off' }],
    ['gracefulRestart: aware', { gracefulRestart: 'aware' }],
    ['gracefulRestart: on, bfd: true', { gracefulRestart: 'on' }],
    ['import: all, importLimit: 1', { import: 'all', importLimit: 1 }],
    [`${INTERNAL}, export: { localPreference: 0 }`, { export: { localPreference: 0 } }],
    ['export: { med: 0, prepend: 16 }', { export: { med: 0, prepend: 16 } }],
    ['asn: 65010, localAsn: 65010, export: { localPreference: 1 }', { export: { localPreference: 1 } }],
    [
      'export: { communities: [65535:65535, "0:0"] }',
      {
        export: {
          communities: [
            { asn: 65535, value: 65535 },
            { asn: 0, value: 0 },
          ],
        },
      },
    ],
    [
      'export: { largeCommunities: [4294967295:0:1] }',
      { export: { largeCommunities: [{ asn: 4_294_967_295, data1: 0, data2: 1 }] } },
    ],
    [
      'importPrefixes: [0.0.0.0/0, 10.0.0.0/8+]',
      {
        importPrefixes: [
          { prefix: { family: 4, network: '0.0.0.0', length: 0 }, inside: false },
          { prefix: { family: 4, network: '10.0.0.0', length: 8 }, inside: true },
        ],
      },
    ],
    [`${BOTH}, ipv6: { import: none, export: { med: 1 } }`, { ipv6: { import: 'none', export: { med: 1 } } }],
    [`${BOTH}, import: none, importLimit: 5, ipv6: { import: all }`, { importLimit: 5 }],
    [`${BOTH}, importPrefixes: [10.0.0.0/8+], ipv4: { importLimit: 9 }`, { ipv4: { importLimit: 9 } }],
  ])('%s is taken', (keys, values) => {
    expect(peerOf(keys)).toMatchObject(values);
  });

  it('are all left out of a peer about which nothing is said', () => {
    expect(peerOf('asn: 64600')).toEqual({
      name: 'tor1',
      address: '10.0.0.254',
      asn: 64600,
      families: [4],
      import: 'default',
      sourceAddress: undefined,
    });
  });

  it.each([
    ['description: ""', 'description = "" must be 1 to 80 printable ASCII characters'],
    ['description: \'say "x"\'', 'none of them a double quote'],
    ['description: "a\\nb"', 'must be 1 to 80 printable ASCII characters'],
    ['description: "ä"', 'must be 1 to 80 printable ASCII characters'],
    [`description: ${'x'.repeat(81)}`, 'must be 1 to 80 printable ASCII characters'],
    ['localAsn: 64601', 'localAsn = 64601 must differ from bgp.asn; omit the key'],
    ['localAsn: 0', 'localAsn = 0 must be an AS number'],
    ['port: 0', 'port = 0 must be a whole number from 1 to 65535'],
    ['port: 65536', 'port = 65536 must be a whole number from 1 to 65535'],
    ['port: 179, passive: true', 'port = 179 must not be set with passive: true'],
    ['passive: yes', 'passive = "yes" must be true or false'],
    ['multihop: 0', 'multihop = 0 must be a whole number from 1 to 255'],
    ['multihop: 256', 'multihop = 256 must be a whole number from 1 to 255'],
    ['multihop: true', 'multihop = true must be a whole number from 1 to 255'],
    ['multihop: 2, import: default', 'import = "default" must be none with multihop'],
    ['multihop: 2, importPrefixes: [10.0.0.0/8]', 'importPrefixes is not possible with multihop'],
    ['multihop: 2, ipv4: { import: all }', 'bgp.peers[0].ipv4.import = "all" must be none with multihop'],
    ['multihop: 2, ttlSecurity: true', 'ttlSecurity = true must not be true together with multihop'],
    // What stands there may be the password itself.
    ['passwordFile: hush', 'bgp.peers[0].passwordFile must be an absolute path'],
    ['password: x', 'bgp.peers[0].password is not a key; did you mean passwordFile?'],
    ['holdTime: 2', 'holdTime = 2 must be a whole number from 3 to 65535'],
    ['holdTime: 65536', 'holdTime = 65536 must be a whole number from 3 to 65535'],
    ['keepaliveTime: 11', 'keepaliveTime = 11 must be at most 10, a third of the hold time of 30 seconds'],
    ['holdTime: 90, keepaliveTime: 31', 'must be at most 30, a third of the hold time of 90 seconds'],
    ['gracefulRestart: true', 'gracefulRestart = true must be off, aware or on'],
    ['gracefulRestart: on', 'gracefulRestart = "on" must not be on without bfd: true'],
    ['import: none, importLimit: 5', 'importLimit = 5 must not be set when nothing is imported'],
    [`${BOTH}, ipv6: { import: none, importLimit: 5 }`, 'ipv6.importLimit = 5 must not be set when nothing is'],
    ['importLimit: 0', 'importLimit = 0 must be a whole number from 1 to 10000000'],
    ['import: all, importPrefixes: [10.0.0.0/8]', 'importPrefixes cannot be combined with import'],
    ['importPrefixes: []', 'importPrefixes must not be empty'],
    ['importPrefixes: [10.0.0.0]', 'importPrefixes[0] = "10.0.0.0" must be a prefix such as 10.0.0.0/8'],
    ['importPrefixes: [10.0.0.1/8+]', 'must have no bits set beyond its length; write 10.0.0.0/8'],
    ['importPrefixes: [10.0.0.0/8++]', 'must be a prefix such as 10.0.0.0/8'],
    [
      'importPrefixes: ["2001:db8::/32"]',
      'importPrefixes[0] = "2001:db8::/32" must be of a family that the session carries',
    ],
    [`${BOTH}, ipv4: { importPrefixes: ["::/0"] }`, 'ipv4.importPrefixes[0] = "::/0" must be of a family'],
    ['importPrefixes: [10.1.1.128/25]', 'must not be inside pools.ipv4 (10.1.1.0/24), which is never imported'],
    ['ipv6: { import: none }', 'bgp.peers[0].ipv6 is for a family that is not in families'],
    ['export: { localPreference: 100 }', 'export.localPreference = 100 must not be set for an external session'],
    [`${INTERNAL}, export: { prepend: 1 }`, 'export.prepend = 1 must be 0 for an internal session'],
    [`${INTERNAL}, ipv4: { export: { prepend: 1 } }`, 'ipv4.export.prepend = 1 must be 0 for an internal session'],
    ['export: { prepend: 17 }', 'prepend = 17 must be a whole number from 0 to 16'],
    ['export: { med: -1 }', 'med = -1 must be a whole number from 0 to 4294967295'],
    ['export: { med: 4294967296 }', 'med = 4294967296 must be a whole number from 0 to 4294967295'],
    ['export: { communities: [65536:1] }', 'communities[0] = "65536:1" must be two numbers from 0 to 65535'],
    [
      'export: { communities: ["065:1"] }',
      'communities[0] = "065:1" must be two numbers from 0 to 65535 without leading zeros',
    ],
    ['export: { largeCommunities: ["1:02:3"] }', 'must be three numbers from 0 to 4294967295 without leading zeros'],
    ['importPrefixes: [10.0.0.1/8+]', 'must have no bits set beyond its length; write 10.0.0.0/8+'],
    ['export: { communities: [noExport] }', 'communities[0] = "noExport" must be two numbers'],
    ['export: { communities: ["1:2:3"] }', 'communities[0] = "1:2:3" must be two numbers'],
    ['export: { communities: [] }', 'communities must not be empty'],
    ['export: { largeCommunities: ["1:2"] }', 'largeCommunities[0] = "1:2" must be three numbers'],
    ['export: { largeCommunities: ["1:2:4294967296"] }', 'must be three numbers from 0 to 4294967295'],
    ['export: { community: [1:2] }', 'export.community is not a key; did you mean communities?'],
  ])('%s is refused', (keys, refusal) => {
    expect(refusalsOf(withPeer(keys))).toEqual([expect.stringContaining(refusal)]);
  });
});
