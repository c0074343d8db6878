import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BirdClient } from '../../src/bird-control/index.ts';
import { eventually, isRoot, Lab } from '../lab/lab.ts';
import { failure } from '../unit/bird-control/conversation.ts';

const TOR_CONFIG = `
log stderr all;
router id 10.99.0.1;
protocol device {}
protocol static dflt4 { ipv4; route 0.0.0.0/0 unreachable; route 203.0.113.0/24 blackhole; }
filter out4 {
  if net = 203.0.113.0/24 then {
    bgp_path.prepend(65010);
    bgp_community.add((65000,1));
    bgp_community.add((65000,2));
    bgp_large_community.add((65000,1,2));
    bgp_med = 50;
  }
  accept;
}
protocol bgp node1 {
  local as 65000; passive; neighbor 10.99.0.2 as 65001;
  ipv4 { import all; import keep filtered; export filter out4; };
  ipv6 { import all; export none; };
}
`;

/** Configuration of the node, with further text at its end. */
function nodeConfig(more = ''): string {
  return `
log stderr all;
router id 10.99.0.2;
protocol device {}
protocol static anycast4 {
  ipv4; check link;
  route 192.0.2.1/32 via "flocka";
  route 192.0.2.2/32 via "flocka" via "flockb";
  # BIRD 3 ignores next hops that are not in its own order: the heavier one first, then the lower interface index.
  route 192.0.2.3/32 via 10.99.0.8 weight 3 via 10.99.0.7 weight 2;
}
protocol static 'any-cast.6' { ipv6; route 2001:db8:a::1/128 via "flocka" via "flockb"; }
protocol static pods4 { ipv4; route 10.244.7.0/24 blackhole; }
protocol bgp tor1 {
  local as 65001; neighbor 10.99.0.1 as 65000; connect delay time 1; connect retry time 2;
  ipv4 { import all; export where proto = "anycast4"; next hop self; };
  ipv6 { import all; export where proto = "any-cast.6"; next hop self; };
}
protocol bgp tor2 {
  local as 65001; neighbor 10.99.0.9 as 65009; connect delay time 1;
  ipv4 { import all; export all; };
}
${more}`;
}

describe.skipIf(!isRoot)('the client of a real BIRD with a BGP session (needs root)', () => {
  let lab: Lab;
  let client: BirdClient;
  let tor: BirdClient;

  beforeAll(async () => {
    lab = await Lab.create('bird-control');
    const [node, router] = [await lab.namespace('node'), await lab.namespace('tor')];
    const addresses = { a: ['10.99.0.2/24', 'fd99::2/64'], b: ['10.99.0.1/24', 'fd99::1/64'] };
    await lab.connect(node, 'eth0', router, 'eth0', addresses);
    await lab.connect(node, 'flocka', router, 'p0');
    await lab.connect(node, 'flockb', router, 'p1');
    tor = new BirdClient({ socket: (await lab.bird(router, TOR_CONFIG)).socket });
    client = new BirdClient({ socket: (await lab.bird(node, nodeConfig())).socket });
    const routes = async (of: BirdClient, protocol: string): Promise<number> => of.countRoutes({ protocol });
    await eventually(
      async () => (await routes(tor, 'node1')) === 4 && (await routes(client, 'tor1')) === 2,
      'a BGP session',
    );
  });

  afterAll(async () => {
    client?.close();
    tor?.close();
    await lab?.[Symbol.asyncDispose]();
  });

  it('knows the version from the greeting, and the same from `show status`', async () => {
    expect(client.version).toMatch(/^\d+\.\d+/);
    expect(await client.showStatus()).toMatchObject({
      version: client.version,
      routerId: '10.99.0.2',
      state: 'running',
      currentTime: expect.stringMatching(/\d/),
      lastReboot: expect.stringMatching(/\d/),
      lastReconfiguration: expect.stringMatching(/\d/),
    });
  });

  it('reads the established session and the counters of its channels, on both sides', async () => {
    const found = (await client.showProtocols()).find(({ name }) => name === 'tor1');
    expect(found).toMatchObject({
      type: 'BGP',
      state: 'up',
      info: 'Established',
      bgp: {
        state: 'Established',
        neighborAddress: '10.99.0.1',
        neighborAs: 65000,
        sourceAddress: '10.99.0.2',
        holdTimer: expect.stringMatching(/^[\d.]+\/240$/),
      },
      channels: [
        { name: 'ipv4', state: 'UP', table: 'master4', imported: 2, exported: 3, preferred: 2, importFilter: 'ACCEPT' },
        { name: 'ipv6', state: 'UP', table: 'master6', imported: 0, exported: 1 },
      ],
    });
    const other = (await tor.showProtocols()).find(({ name }) => name === 'node1');
    expect(other?.channels).toMatchObject([
      { name: 'ipv4', imported: 3, filtered: 0, exported: 2, exportFilter: 'out4' },
      { name: 'ipv6', imported: 1, exported: 0, exportFilter: 'REJECT' },
    ]);
  });

  it('tells a session that is not up from one that is', async () => {
    const found = (await client.showProtocols()).find(({ name }) => name === 'tor2');
    expect(found).toMatchObject({ state: 'start', channels: [{ state: 'DOWN', exported: undefined }] });
    expect(found?.bgp?.state).not.toBe('Established');
    expect(await failure(client.showRoutes({ exportedTo: 'tor2' }))).toMatchObject({ kind: 'refused', code: 9001 });
  });

  it('reads a route with its BGP attributes', async () => {
    const [route, ...others] = await client.showRoutes({ network: '203.0.113.0/24', all: true });
    expect(others).toEqual([]);
    expect(route).toMatchObject({
      network: '203.0.113.0/24',
      type: 'unicast',
      protocol: 'tor1',
      primary: true,
      preference: 100,
      nextHops: [{ via: '10.99.0.1', interface: 'eth0', onlink: false, weight: undefined }],
    });
    expect(Object.fromEntries(route?.attributes ?? [])).toMatchObject({
      'BGP.origin': 'IGP',
      'BGP.as_path': '65000 65010',
      'BGP.next_hop': '10.99.0.1',
      'BGP.med': '50',
      'BGP.community': '(65000,1) (65000,2)',
      'BGP.large_community': '(65000, 1, 2)',
    });
  });

  it('reads static routes over several devices and gateways', async () => {
    const routes = await client.showRoutes({ protocol: 'anycast4' });
    const hops = Object.fromEntries(routes.map(({ network, nextHops }) => [network, nextHops]));
    const hop = { via: undefined, onlink: false, weight: undefined };
    expect(hops['192.0.2.1/32']).toEqual([{ ...hop, interface: 'flocka' }]);
    expect(hops['192.0.2.2/32']).toEqual([
      { ...hop, interface: 'flocka' },
      { ...hop, interface: 'flockb' },
    ]);
    expect(hops['192.0.2.3/32']).toEqual(
      expect.arrayContaining([
        { ...hop, via: '10.99.0.7', interface: 'eth0', weight: 2 },
        { ...hop, via: '10.99.0.8', interface: 'eth0', weight: 3 },
      ]),
    );
    expect(await client.showRoutes({ protocol: 'pods4' })).toMatchObject([{ type: 'blackhole', nextHops: [] }]);
  });

  it('asks for routes by every condition, and counts the same ones', async () => {
    const both = async (query: Parameters<BirdClient['showRoutes']>[0]): Promise<string[]> => {
      const networks = (await client.showRoutes(query)).map(({ network }) => network).sort();
      expect(await client.countRoutes(query)).toBe(networks.length);
      return networks;
    };
    const anycast4 = ['192.0.2.1/32', '192.0.2.2/32', '192.0.2.3/32'];
    expect(await both({})).toHaveLength(7);
    expect(await both({ exportedTo: 'tor1' })).toEqual([...anycast4, '2001:db8:a::1/128']);
    expect(await both({ exportedTo: 'tor1', protocol: 'anycast4', primary: true })).toEqual(anycast4);
    expect(await both({ table: 'master6' })).toEqual(['2001:db8:a::1/128']);
    expect(await both({ protocol: 'any-cast.6', all: true })).toEqual(['2001:db8:a::1/128']);
    expect(await both({ network: '192.0.2.2/32', protocol: 'anycast4' })).toEqual(['192.0.2.2/32']);
    expect(await both({ network: '192.0.2.99/32' })).toEqual([]);
    expect(await failure(client.countRoutes({ protocol: 'nobody' }))).toMatchObject({ kind: 'refused', code: 9001 });
  });

  it('does not disturb the session by two clients with many commands at once', async () => {
    using other = new BirdClient({ socket: join(lab.dir, 'bird-node.ctl'), readOnly: true });
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        if (index % 3 === 0) return (await other.showProtocols()).length;
        return index % 3 === 1 ? client.configure().then(() => 7) : client.countRoutes({});
      }),
    );
    expect(new Set(answers)).toEqual(new Set([6, 7]));
    const session = (await client.showProtocols()).find(({ name }) => name === 'tor1');
    expect(session).toMatchObject({ info: 'Established', channels: [{ exported: 3 }, { exported: 1 }] });
  });
});
