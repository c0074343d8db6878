import { describe, expect, it } from 'vitest';
import { assertEncodable, decodeAllocations, encodeAllocations } from '../../../../src/allocation/file/file-format.ts';
import { address, community } from '../../model/fixtures.ts';
import { allocation, stateOf } from '../fixtures.ts';

const claims = {
  network: 'blue',
  anycast: [address('192.0.2.53')],
  addresses: [address('2001:db8:ffff::1')],
  communities: [
    { address: undefined, community: community('64600:100') },
    { address: address('192.0.2.53'), community: community('64600:1:100') },
  ],
};
const state = stateOf([allocation(2, { state: 'pending' }), allocation(1, claims)], {
  routerId: address('10.0.0.1'),
  lastIp4: address('10.1.1.3'),
});

/** The file of `state`, with some top-level keys and keys of its first allocation changed; undefined removes one. */
function file(top: Record<string, unknown>, first: Record<string, unknown> = {}): string {
  const json = JSON.parse(encodeAllocations(state));
  Object.assign(json.allocations[0], first);
  return JSON.stringify({ ...json, ...top });
}

function fault(text: string): string {
  const decoded = decodeAllocations(text, 'node1');
  return decoded.ok ? 'none' : `${decoded.fault}: ${decoded.message}`;
}

describe('the text', () => {
  it('has the keys of the contract, one allocation to a line, sorted', () => {
    expect(encodeAllocations(state)).toBe(`{
  "version": 1,
  "node": "node1",
  "router_id": "10.0.0.1",
  "last_ip4": "10.1.1.3",
  "allocations": [
    {"container_id":"container1","ifname":"eth0","network":"blue","netns":"/run/netns/pod-1","namespace":"default","pod_name":"pod-1","owner_uid":"uid-1","ip6":"2001:db8:1:1::17","ip4":"10.1.1.2","anycast":["192.0.2.53"],"addresses":["2001:db8:ffff::1"],"communities":[{"community":"64600:100"},{"community":"64600:1:100","address":"192.0.2.53"}],"state":"committed","allocated_at":"2025-01-02T03:04:05.678Z","host_interface":"flock00000001","host_mac":"02:00:00:00:00:01","pod_mac":"02:00:00:00:01:01","mtu":1500},
    {"container_id":"container2","ifname":"eth0","netns":"/run/netns/pod-2","namespace":"default","pod_name":"pod-2","owner_uid":"uid-2","ip6":"2001:db8:1:1::18","ip4":"10.1.1.3","anycast":[],"addresses":[],"communities":[],"state":"pending","allocated_at":"2025-01-02T03:04:05.678Z","host_interface":"flock00000002","host_mac":"02:00:00:00:00:02","pod_mac":"02:00:00:00:01:02","mtu":1500}
  ]
}
`);
  });

  it('is the same for the same allocations in another order', () => {
    const turned = { ...state, allocations: [...state.allocations].reverse() };
    expect(encodeAllocations(turned)).toBe(encodeAllocations(state));
  });

  it('leaves out what is not there', () => {
    const bare = allocation(1, { ip4: undefined, pod: { namespace: 'default', name: 'a' } });
    const [stored] = JSON.parse(encodeAllocations(stateOf([bare]))).allocations;
    expect(Object.keys(stored)).not.toContain('ip4');
    expect(Object.keys(stored)).not.toContain('owner_uid');
    expect(encodeAllocations(stateOf())).toBe('{\n  "version": 1,\n  "node": "node1",\n  "allocations": []\n}\n');
  });

  it('is read back as it was written', () => {
    const decoded = decodeAllocations(encodeAllocations(state), 'node1');
    expect(decoded).toEqual({ ok: true, state: { ...state, allocations: [...state.allocations].reverse() } });
  });
});

describe('reading', () => {
  it('takes null and the empty text for an address that is not there, and ignores keys it does not know', () => {
    const decoded = decodeAllocations(
      file({ extra: {} }, { ip4: '', ip6: null, owner_uid: '', anycast: null, communities: null, x: 1 }),
      'node1',
    );
    expect(decoded).toMatchObject({ ok: true });
    const [first] = decoded.ok ? decoded.state.allocations : [];
    expect(first).toMatchObject({ ip4: undefined, ip6: undefined, anycast: [], pod: { uid: undefined } });
  });

  it('takes a file from before there were communities', () => {
    const decoded = decodeAllocations(file({}, { communities: undefined }), 'node1');
    expect(decoded.ok && decoded.state.allocations[0]?.communities).toEqual([]);
  });

  it('brings addresses into canonical form', () => {
    const decoded = decodeAllocations(file({}, { ip6: '2001:DB8:0::5' }), 'node1');
    expect(decoded.ok && decoded.state.allocations[0]?.ip6).toBe('2001:db8::5');
  });

  it('tells a newer version from a corrupt file, whatever else it holds', () => {
    expect(fault('{"version":2,"node":"node1","pods":{}}')).toMatch(/^newerVersion: its version is 2/);
    expect(fault(file({ version: 99, node: 'other' }))).toMatch(/^newerVersion/);
  });

  it('tells the file of another node', () => {
    expect(fault(file({ node: 'node2' }))).toBe('foreignNode: it belongs to node "node2", and this node is "node1"');
  });

  it.each([
    ['it is not JSON', ''],
    ['it is not JSON', '{"version":1,'],
    ['the file', 'null'],
    ['the file', '[]'],
    ['the file', '42'],
    ['version', file({ version: 0 })],
    ['version', file({ version: '1' })],
    ['version', file({ version: 1.5 })],
    ['node', file({ node: '' })],
    ['node', file({ node: undefined })],
    ['allocations', file({ allocations: undefined })],
    ['allocations', file({ allocations: {} })],
    ['router_id: is not an IPv4 address', file({ router_id: '2001:db8::1' })],
    ['last_ip4: is not an IPv4 address', file({ last_ip4: '10.1.1' })],
    ['allocations.0.ip4: is not an IPv4 address', file({}, { ip4: '2001:db8::1' })],
    ['allocations.0.ip6: is not an IPv6 address', file({}, { ip6: 'fe80::1%eth0' })],
    ['allocations.0.ip4', file({}, { ip4: 12 })],
    ['allocations.0.anycast: holds an invalid address', file({}, { anycast: ['x'] })],
    ['allocations.0.anycast: names an address twice', file({}, { anycast: ['192.0.2.1', '192.0.2.1'] })],
    ['allocations.0.anycast', file({}, { anycast: '192.0.2.1' })],
    ['allocations.0.communities: holds an invalid community', file({}, { communities: [{ community: '64600:0100' }] })],
    ['allocations.0.communities: holds an invalid community', file({}, { communities: [{ community: '65536:1' }] })],
    [
      'allocations.0.communities: holds an invalid address',
      file({}, { communities: [{ community: '1:1', address: '' }] }),
    ],
    [
      'allocations.0.communities: is for an address that is not claimed',
      file({}, { communities: [{ community: '1:1', address: '192.0.2.54' }] }),
    ],
    ['allocations.0.communities.0', file({}, { communities: ['64600:100'] })],
    ['allocations.0.communities', file({}, { communities: '64600:100' })],
    ['allocations.0.container_id: is not a container id', file({}, { container_id: '../x' })],
    ['allocations.0.container_id', file({}, { container_id: '' })],
    ['allocations.0.ifname: is not an interface name', file({}, { ifname: 'a/b' })],
    ['allocations.0.ifname', file({}, { ifname: '..' })],
    ['allocations.0.ifname', file({}, { ifname: 'sixteencharacters' })],
    ['allocations.0.netns: is not an absolute path', file({}, { netns: 'run/netns' })],
    ['allocations.0.netns', file({}, { netns: '/run\nx' })],
    ['allocations.0.namespace: holds control characters', file({}, { namespace: 'a\u0000b' })],
    ['allocations.0.pod_name', file({}, { pod_name: '' })],
    ['allocations.0.pod_name', file({}, { pod_name: 'x'.repeat(254) })],
    ['allocations.0.state', file({}, { state: 'gone' })],
    ['allocations.0.allocated_at', file({}, { allocated_at: 'yesterday' })],
    ['allocations.0.host_interface: is not a host interface of flockd', file({}, { host_interface: 'eth0' })],
    ['allocations.0.host_mac: is not a hardware address', file({}, { host_mac: '02:00' })],
    ['allocations.0.mtu', file({}, { mtu: 0 })],
    ['allocations.0.mtu', file({}, { mtu: undefined })],
    ['attachment container2/eth0 occurs twice', file({}, { container_id: 'container2' })],
    ['10.1.1.3 occurs twice', file({}, { ip4: '10.1.1.3' })],
    ['2001:db8:1:1::18 occurs twice', file({}, { ip6: '2001:db8:1:1:0::18' })],
    ['interface flock00000002 occurs twice', file({}, { host_interface: 'flock00000002' })],
  ])('calls a file corrupt and says where: %s', (where, text) => {
    expect(fault(text)).toContain(`corrupt: ${where}`);
  });
});

describe('writing', () => {
  it('refuses what could not be read again, and names it', () => {
    const bad = allocation(3, { pod: { namespace: 'default', name: 'a\nb' } });
    expect(() => assertEncodable(stateOf([bad]))).toThrow(
      'allocation "container3/eth0": pod_name: holds control characters',
    );
    expect(() => encodeAllocations(stateOf([bad]))).toThrow(RangeError);
  });

  it('refuses to give anything twice', () => {
    const again = allocation(2, { ip4: address('10.1.1.2') });
    expect(() => assertEncodable(stateOf([allocation(1), again]))).toThrow('10.1.1.2 would occur twice');
  });
});
