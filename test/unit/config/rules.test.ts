import { describe, expect, it } from 'vitest';
import { LEAST, parse, refusalsOf, refusalsOfPeer, refusalsWith } from './fixtures.ts';

describe('pools', () => {
  it.each([
    ['ipv4: 10.1.1.5/24', 'pools.ipv4 = "10.1.1.5/24" must have no bits set beyond its length; write 10.1.1.0/24'],
    ['ipv4: 10.1.1.0/31', 'pools.ipv4 = "10.1.1.0/31" must be /30 or shorter'],
    ['ipv6: 2001:db8::/127', 'pools.ipv6 = "2001:db8::/127" must be /126 or shorter'],
    ['ipv4: 10.1.1.0', 'pools.ipv4 = "10.1.1.0" must be a prefix with its length, such as 10.1.1.0/32'],
    ['ipv4: 2001:db8::/64', 'pools.ipv4 = "2001:db8::/64" must be an IPv4 prefix; set it as pools.ipv6'],
    ['ipv6: 10.1.1.0/24', 'must be an IPv6 prefix; set it as pools.ipv4'],
    ['ipv4: 127.1.0.0/16', 'must not overlap 127.0.0.0/8, loopback addresses'],
    ['ipv4: 0.0.0.0/0', 'must not overlap 0.0.0.0/8'],
    ['ipv4: 239.0.0.0/24', 'must not overlap 224.0.0.0/4, multicast'],
    ['ipv4: 169.254.0.0/16', 'must not overlap 169.254.0.0/16, link-local'],
    ['ipv6: fe80::/64', 'must not overlap fe80::/10, link-local'],
    ['ipv6: ff00::/64', 'must not overlap ff00::/8, multicast'],
    ['ipv4: 240.0.0.0/24', 'must not overlap 240.0.0.0/4, reserved'],
    ['ipv6: ::5:0/112', 'must not overlap ::/96, the deprecated'],
    ['ipv6: ::/64', 'must not overlap ::/128'],
    ['ipv4: 10', 'pools.ipv4 = 10 must be a text'],
    ['iv4: 10.1.1.0/24', 'pools.iv4 is not a key; did you mean ipv4?'],
    ['', 'pools must have at least one of ipv6, ipv4'],
  ])('{ %s } are refused', (pools, refusal) => {
    expect(refusalsOf(`pools: { ${pools} }\nbgp: { asn: 1 }\n`).join()).toContain(refusal);
  });

  it.each(['ipv4: 10.1.1.0/30', 'ipv4: 10.0.0.0/8', 'ipv6: 2001:db8::/126', 'ipv6: fd00::/48'])(
    '{ %s } are taken',
    (pools) => {
      expect(() => parse(`pools: { ${pools} }\nbgp: { asn: 1 }\n`)).not.toThrow();
    },
  );
});

describe('an AS number', () => {
  it.each(['0', '23456', '65535', '4294967295', '4294967296', '-1', '1.10', '"64601"', '0x', 'null'])(
    'cannot be %s',
    (asn) => {
      expect(refusalsOf(`pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: ${asn} }\n`)).toEqual([
        expect.stringMatching(/^line 2: bgp\.asn = .* must be an AS number/),
      ]);
    },
  );

  it.each([1, 64_512, 65_534, 65_536, 4_200_000_000, 4_294_967_294])('can be %d', (asn) => {
    expect(parse(`pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: ${asn} }\n`).bgp.asn).toBe(asn);
  });
});

describe('a peer', () => {
  it.each([
    ['name: tor-1', 'must be a letter followed by letters'],
    ['name: "x\\n}"', 'name = "x\\n}" must be a letter followed by letters'],
    [`name: ${'x'.repeat(33)}`, 'must be a letter followed by letters'],
    ['address: fe80::1', 'must not be an IPv6 link-local address: sessions over them'],
    ['address: "fe80::1%eth0"', 'must not be an IPv6 link-local address: sessions over them'],
    ['address: 127.0.0.1', 'must not lie in 127.0.0.0/8, loopback'],
    ['address: 224.0.0.5', 'must not lie in 224.0.0.0/4, multicast'],
    ['address: 0.0.0.0', 'must not lie in 0.0.0.0/8'],
    ['address: 255.255.255.255', 'must not lie in 240.0.0.0/4'],
    ['address: "::1"', 'must not lie in ::1/128'],
    ['address: 169.254.1.1', 'must not be the address that every pod has as its gateway'],
    ['address: 10.0.0.254/24', 'must be an IPv4 or IPv6 address'],
    ['address: tor1.example', 'must be an IPv4 or IPv6 address'],
    ['address: 10.1.1.7', 'must not be inside pools.ipv4 (10.1.1.0/24)'],
    ['asn: 0', 'bgp.peers[0].asn = 0 must be an AS number'],
    ['families: []', 'families must name at least one'],
    ['families: [ipv4, ipv4]', 'families must not name a family twice'],
    ['families: [ipv5]', 'families[0] = "ipv5" must be ipv4 or ipv6'],
    ['families: ipv4', 'families = "ipv4" must be a list'],
    ['import: everything', 'import = "everything" must be default, none or all'],
    ['sourceAddress: 2001:db8::1', 'must be of the same family as the address of the peer, 10.0.0.254'],
    ['sourceAddress: 10.0.0.254', 'must be an address of this node, not of the peer'],
    ['hops: 2', 'bgp.peers[0].hops is not a key; known here: name, address, asn'],
  ])('with %s is refused', (keys, refusal) => {
    const name = keys.split(':')[0];
    const base = ['name: tor1', 'address: 10.0.0.254', 'asn: 64600'].filter((key) => !key.startsWith(`${name}:`));
    const peer = [...base, keys].join(', ');
    const lines = refusalsOf(`pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: 64601, peers: [{ ${peer} }] }\n`);
    expect(lines).toEqual([expect.stringContaining(refusal)]);
  });

  it('cannot share its name or address with another', () => {
    const peers = '[{ name: a, address: 10.0.0.1, asn: 1 }, { name: a, address: 10.0.0.1, asn: 1 }]';
    expect(refusalsOf(`pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: 1, peers: ${peers} }\n`)).toEqual([
      'line 2: bgp.peers[1].name = "a" must differ from the name of bgp.peers[0]',
      'line 2: bgp.peers[1].address = "10.0.0.1" must differ from the address of bgp.peers[0]',
    ]);
  });

  it('of an IPv4 link-local address is taken: clouds peer over them', () => {
    expect(refusalsOfPeer('x: 1')).toHaveLength(1);
    const text = 'pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: 1, peers: [{ name: a, address: 169.254.10.1, asn: 2 }] }\n';
    expect(parse(text).bgp.peers).toHaveLength(1);
  });
});

describe('single keys', () => {
  it.each([
    ['mtu: 1279', 'mtu = 1279 must be auto'],
    ['mtu: 65536', 'mtu = 65536 must be auto'],
    ['mtu: jumbo', 'mtu = "jumbo" must be auto'],
    ['mtu: 1500.5', 'mtu = 1500.5 must be auto'],
    ['routeProtocol: 4', 'routeProtocol = 4 must be a whole number from 5 to 255'],
    ['routeProtocol: 256', 'routeProtocol = 256 must be a whole number from 5 to 255'],
    ['routeProtocol: 12', 'must not be the number of bird, whose routes flockd would regard as its own and delete'],
    ['routeProtocol: 16', 'must not be the number of dhcp'],
    ['node: "a b"', 'node = "a b" must consist of letters'],
    ['node: ""', 'node = "" must consist of letters'],
    ['defaults: { ipv4: yes }', 'defaults.ipv4 = "yes" must be true or false'],
    ['defaults: { ipAlgo: pod }', 'must be a comma-separated list of different fields from namespace, app, image'],
    ['defaults:', 'defaults = nothing must be a map'],
    ['state: state.json', 'state = "state.json" must be an absolute path'],
    ['state: "/a\\nb"', 'state = "/a\\nb" must not contain quotes or control characters'],
    [`bird: { config: '/a"b' }`, 'must not contain quotes'],
    [`bird: { config: /${'a'.repeat(500)} }`, 'must have at most 500 bytes'],
    [`socket: /${'a'.repeat(107)}`, 'must be 107 bytes long at most'],
    [`bird: { socket: /${'ä'.repeat(54)} }`, 'must be 107 bytes long at most'],
    ['state: /x\nsocket: /x', 'socket = "/x" must differ from state'],
    ['bird: { config: /run/bird/bird.ctl }', 'bird.config = "/run/bird/bird.ctl" must differ from bird.socket'],
    ['bird: { mode: both }', 'bird.mode = "both" must be own or include'],
    ['bird: { config: /etc/bird/flock.conf, mode: include }', 'must not have the name of a file that flockd writes'],
    ['bird: { config: /etc/flock-announcements.conf }', 'must not have the name of a file that flockd writes'],
    ['pods: { source: etcd }', 'pods.source = "etcd" must be directory or kubernetes'],
    ['metrics: { listen: 9179 }', 'metrics.listen = 9179 must be a text'],
    ['metrics: { listen: ":9179" }', 'must be an address and a port'],
    ['metrics: { listen: "[10.0.0.1]:9179" }', 'must be an address and a port'],
    ['metrics: { listen: "::1:9179" }', 'must be an address and a port'],
    ['metrics: { listen: "127.0.0.1:0" }', 'must be an address and a port'],
    ['metrics: { listen: "127.0.0.1:65536" }', 'must be an address and a port'],
    ['metrics: {}', 'metrics.listen is required'],
    ['advertise: { allow: [{ prefixes: [], namespaces: ["*"] }] }', 'prefixes must name at least one prefix'],
    ['advertise: { allow: [{ prefixes: [192.0.2.0/24], namespaces: [] }] }', 'must name at least one namespace'],
    ['advertise: { allow: [{ prefixes: [192.0.2.1/24], namespaces: [a] }] }', 'write 192.0.2.0/24'],
    ['advertise: { allow: [{ prefixes: [192.0.2.1], namespaces: [a] }] }', 'such as 192.0.2.1/32'],
    ['advertise: { allow: [{ prefixes: [192.0.2.0/24], namespaces: ["dns-*"] }] }', 'exact name of a namespace'],
    ['birds: {}', 'birds is not a key; did you mean bird?'],
    ['"a\\nb": 1', '"a\\nb" is not a key; known here: node, pools'],
  ])('%s is refused', (text, refusal) => {
    expect(refusalsWith(`${text}\n`)).toEqual([expect.stringContaining(refusal)]);
  });

  it.each([
    ['mtu: 9000', { mtu: 9000 }],
    ['routeProtocol: 5', { routeProtocol: 5 }],
    ['metrics: { listen: "[::1]:9179" }', { metrics: { host: '::1', port: 9179 } }],
    ['metrics: { listen: "[::]:1" }', { metrics: { host: '::', port: 1 } }],
    ['metrics: { listen: "localhost:65535" }', { metrics: { host: 'localhost', port: 65_535 } }],
    ['defaults: { ipAlgo: "namespace, app" }', { defaults: { ipAlgo: 'namespace, app' } }],
    ['advertise: {}', { advertise: { allow: [] } }],
    [`socket: /${'a'.repeat(106)}`, { socket: `/${'a'.repeat(106)}` }],
  ])('%s is taken', (text, values) => {
    expect(parse(`${LEAST}${text}\n`)).toMatchObject(values);
  });

  it('bgp.routerId is an IPv4 address other than 0.0.0.0', () => {
    for (const id of ['0.0.0.0', '2001:db8::1', '1', '10.0.0.256']) {
      const [line] = refusalsOf(`pools: { ipv4: 10.1.1.0/24 }\nbgp: { asn: 1, routerId: "${id}" }\n`);
      expect(line).toBe(`line 2: bgp.routerId = "${id}" must be written as an IPv4 address other than 0.0.0.0`);
    }
  });
});
