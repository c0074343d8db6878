import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { FlockError } from '../../../src/errors.ts';
import { TempFolder } from '../../fakes/temp-folder.ts';
import { DEFAULTS } from './defaults.ts';
import { FULL, LEAST, parse, refusalsOf } from './fixtures.ts';

describe('a configuration', () => {
  it('with every key is read into values', () => {
    expect(parse(FULL)).toEqual({
      ...DEFAULTS,
      node: 'node1',
      pools: {
        ip6: { family: 6, network: '2001:db8:1:1::', length: 64 },
        ip4: { family: 4, network: '10.1.1.0', length: 24 },
      },
      defaults: { ipv6: true, ipv4: true, ipAlgo: '' },
      advertise: {
        allow: [
          {
            prefixes: [
              { family: 4, network: '192.0.2.0', length: 24 },
              { family: 6, network: '2001:db8:ffff::', length: 48 },
            ],
            namespaces: ['*'],
          },
        ],
      },
      bgp: {
        asn: 64601,
        routerId: '10.0.0.1',
        peers: [
          {
            name: 'tor1',
            address: '10.0.0.254',
            asn: 64600,
            families: [4, 6],
            import: 'default',
            sourceAddress: undefined,
          },
        ],
      },
      metrics: { host: '127.0.0.1', port: 9179 },
    });
  });

  it('with a pool and bgp.asn alone has the documented defaults', () => {
    expect(parse(LEAST)).toEqual({
      ...DEFAULTS,
      node: 'host1',
      pools: { ip6: undefined, ip4: { family: 4, network: '10.1.1.0', length: 24 } },
      defaults: { ipv6: false, ipv4: true, ipAlgo: '' },
      bgp: { asn: 64601, routerId: undefined, peers: [] },
    });
  });

  it('leaves a family without a pool off, even where the defaults name it', () => {
    const { pools, defaults } = parse('pools: { ipv6: 2001:db8::/64 }\ndefaults: { ipv4: true }\nbgp: { asn: 1 }\n');
    expect(pools.ip4).toBeUndefined();
    expect(defaults).toEqual({ ipv6: true, ipv4: false, ipAlgo: '' });
  });

  it('can switch a family with a pool off', () => {
    expect(parse(`${LEAST}defaults: { ipv4: false }\n`).defaults.ipv4).toBe(false);
  });

  it('carries over a session the family of its address, unless told otherwise', () => {
    const text = `pools: { ipv4: 10.1.1.0/24 }
bgp:
  asn: 1
  peers:
    - { name: a, address: 10.0.0.1, asn: 2 }
    - { name: b, address: "2001:DB8:0::1", asn: 2 }
    - { name: c, address: 10.0.0.2, asn: 2, families: [ipv6, ipv4], import: none, sourceAddress: 10.0.0.9 }
`;
    const { peers } = parse(text).bgp;
    expect(peers.map(({ families }) => families)).toEqual([[4], [6], [4, 6]]);
    expect(peers[1]?.address).toBe('2001:db8::1');
    expect(peers[2]).toMatchObject({ import: 'none', sourceAddress: '10.0.0.9' });
  });
});

describe('a text that is no configuration', () => {
  it.each([
    ['empty', '', 'it is empty; one pool and bgp.asn are required'],
    ['only a comment', '# flock\n', 'it is empty; one pool and bgp.asn are required'],
    ['a word', 'flock\n', 'line 1: it must be a map'],
    ['a list', '- pools\n', 'line 1: it must be a map'],
    ['two documents', `${LEAST}---\n${LEAST}`, 'a second YAML document'],
    ['no YAML', 'pools: {ipv4: 10.1.1.0/24\nbgp:\n', 'line 2, column 1: Flow map'],
    ['repeating a key', `${LEAST}mtu: 1500\nmtu: 9000\n`, 'line 4, column 1: key "mtu" occurs twice'],
    ['nested without end', '['.repeat(9_999), 'nested too deeply'],
  ])('because it is %s is refused', (_what, text, refusal) => {
    expect(refusalsOf(text)).toEqual([expect.stringContaining(refusal)]);
  });

  it('names everything that is wrong at once, in the order of the file', () => {
    const text = `pool:
  ipv4: 10.1.1.0/24
mtu: 100
bgp:
  asn: 0
  peers:
    - name: 1tor
      adress: 10.0.0.1
      asn: 64600
routerId: 10.0.0.1
`;
    const lines = refusalsOf(text);
    expect(lines.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'line 1',
      'line 1',
      'line 3',
      'line 5',
      'line 7',
      'line 7',
      'line 8',
      'line 10',
    ]);
    expect(lines).toContain('line 1: pool is not a key; did you mean pools?');
    expect(lines).toContain('line 1: pools is required; it must be a map');
    expect(lines).toContain('line 3: mtu = 100 must be auto, or a whole number of bytes from 1280 to 65535');
    expect(lines).toContain('line 7: bgp.peers[0].address is required; it must be a text');
    expect(lines).toContain('line 8: bgp.peers[0].adress is not a key; did you mean address?');
    expect(lines).toContain('line 10: routerId is not a key; did you mean bgp.routerId?');
  });

  it('asks for a node name where the host name cannot be one', () => {
    expect(() => parseConfig(LEAST, { hostname: 'my host' })).toThrow(
      'node is required, since the host name "my host" cannot be used',
    );
    expect(parseConfig(`${LEAST}node: n1\n`, { hostname: 'my host' }).node).toBe('n1');
  });
});

describe('loadConfig', () => {
  it('reads a file', async () => {
    using folder = new TempFolder();
    await expect(loadConfig(folder.write('flock.yaml', FULL))).resolves.toMatchObject({ node: 'node1' });
  });

  it('says which file is missing, not a file, or too large', async () => {
    using folder = new TempFolder();
    const path = folder.at('flock.yaml');
    await expect(loadConfig(path)).rejects.toThrow(`the configuration ${path} does not exist`);
    await expect(loadConfig(folder.path)).rejects.toThrow(`${folder.path} cannot be read: it is not a regular file`);
    folder.write('flock.yaml', '#'.repeat(1_048_577));
    await expect(loadConfig(path)).rejects.toThrow('it is larger than 1048576 bytes');
  });

  it('names the file in what is wrong with its content', async () => {
    using folder = new TempFolder();
    const path = folder.write('flock.yaml', 'bgp: {}\n');
    chmodSync(path, 0o600);
    await expect(loadConfig(path)).rejects.toThrow(FlockError);
    await expect(loadConfig(path)).rejects.toThrow(`${path} is not valid:\n  line 1: pools is required`);
  });
});
