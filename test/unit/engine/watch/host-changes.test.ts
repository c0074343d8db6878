import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../src/config/load.ts';
import { hostInterest } from '../../../../src/engine/watch/host-interest.ts';
import type { FilterChain } from '../../../../src/kernel/ports.ts';
import { removeLink, removeNextHop, type Tables, takeDown } from '../../../fakes/kernel-tables.ts';
import { eventually } from '../../../lab/eventually.ts';
import { address, prefix } from '../../model/fixtures.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';

/** Another program's route in the place of ours, which the kernel lets happen. */
function replaceByForeign(tables: Tables, to: string): void {
  const destination = prefix(`${to}/32`);
  const foreign = { destination, linkIndex: 2, gateway: address('10.0.0.254'), preferredSource: undefined };
  tables.routes = tables.routes.filter((route) => route.destination.network !== to);
  tables.routes.push({
    ...foreign,
    ...{ protocol: 4, scope: 'global', onlink: false, metric: 0, nextHopId: undefined, multipath: [] },
  });
}

function stateOf(world: EngineWorld, to: string): string | undefined {
  return world.engine.snapshot().decisions.find((decision) => decision.address === to) === undefined
    ? undefined
    : world.engine.reconciler.lost.get(address(to))?.message;
}

describe('a change of the host that the kernel tells of', () => {
  it('of routes and next hops has them put back, and BIRD hears nothing', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('one', [A]);
    await world.addPod('two', [A, B]);
    const given = world.publisher.given.length;
    const { tables } = world.kernel.host;
    for (const id of [...tables.nextHops.keys()]) removeNextHop(tables, id);
    tables.routes = tables.routes.filter(({ gateway }) => gateway === undefined);
    expect(world.routed()).toEqual([]);
    world.kernel.announce({ routes: true });
    await eventually(() => world.routed().length === 2, 'both routes are back');
    expect(world.publisher.given.length).toBe(given);
  });

  it('of one pod’s end has that one put right', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface, hostMac } = await world.addPod('web', [A]);
    const other = await world.addPod('other');
    const { tables } = world.kernel.host;
    const link = [...tables.links.values()].find(({ name }) => name === hostInterface);
    if (link === undefined) throw new Error('no link');
    tables.sysctls.set(`net/ipv4/conf/${hostInterface}/proxy_arp`, '0');
    tables.sysctls.set(`net/ipv4/conf/${other.hostInterface}/proxy_arp`, '0');
    world.kernel.announce({ ends: new Set([link.index]) });
    await eventually(() => tables.sysctls.get(`net/ipv4/conf/${hostInterface}/proxy_arp`) === '1', 'it is put right');
    expect(tables.sysctls.get(`net/ipv4/conf/${other.hostInterface}/proxy_arp`)).toBe('0');
    link.mac = '02:00:00:00:00:99';
    world.kernel.announceLinkChange();
    await eventually(() => link.mac === hostMac, 'the MAC is put right');
    link.master = 2;
    world.kernel.announceLinkChange();
    await eventually(() => link.master === undefined, 'it is a port of nothing');
    link.noArp = true;
    world.kernel.announceLinkChange();
    await eventually(() => link.noArp === undefined, 'ARP is on');
  });

  it('that was lost has everything looked at', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface } = await world.addPod('web', [A]);
    const { tables } = world.kernel.host;
    tables.sysctls.set(`net/ipv4/conf/${hostInterface}/forwarding`, '0');
    tables.sysctls.set('net/ipv4/ip_forward', '0');
    tables.routes = tables.routes.filter(({ protocol }) => protocol !== 202);
    world.kernel.announce({ lost: true });
    await eventually(() => world.routed().length === 1, 'the route is back');
    expect(tables.sysctls.get(`net/ipv4/conf/${hostInterface}/forwarding`)).toBe('1');
    expect(tables.sysctls.get('net/ipv4/ip_forward')).toBe('1');
  });

  it('leads a group through a pod again as soon as its carrier is back', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface } = await world.addPod('one', [A]);
    await world.addPod('two', [A]);
    const { tables } = world.kernel.host;
    const link = [...tables.links.values()].find(({ name }) => name === hostInterface);
    const inside = link?.peer?.tables.links.get(link.peer.index);
    if (link?.peer === undefined || inside === undefined) throw new Error('no pod');
    const before = { ...link.peer.tables };
    takeDown(link.peer.tables, inside);
    // What the kernel does when a carrier goes: the leaves through it vanish, and nothing tells of them.
    for (const hop of [...tables.nextHops.values()]) if (hop.linkIndex === link.index) removeNextHop(tables, hop.id);
    inside.up = true;
    // The pod has put right itself what its end has lost by that.
    Object.assign(link.peer.tables, before);
    link.carrierChanges += 1;
    world.kernel.announceLinkChange();
    await world.settled();
    const groups = [...tables.nextHops.values()].filter(({ group }) => group.length > 0);
    expect(groups.map(({ group }) => group.length)).toEqual([2]);
  });
});

describe('a pod that goes', () => {
  it('whose routes are missed before its link is leaves no problem', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface } = await world.addPod('web', []);
    const { tables } = world.kernel.host;
    const link = [...tables.links.values()].find(({ name }) => name === hostInterface);
    if (link === undefined) throw new Error('no link');
    removeLink(tables, link);
    world.kernel.announce({ routes: true });
    await eventually(() => world.problem('routeFailed') !== undefined, 'its routes are missed');
    world.kernel.announceLinkChange();
    await eventually(() => world.problem('routeFailed') === undefined, 'it is gone');
  });
});

describe('a route of another program', () => {
  it('in the place of ours is not contested, and its address is withdrawn when it stays', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    await using world = new EngineWorld();
    await world.start({}, () => new Date(now));
    await world.addPod('web', [A, B]);
    const { tables } = world.kernel.host;
    replaceByForeign(tables, A);
    world.kernel.announce({ routes: true });
    await eventually(() => stateOf(world, A) !== undefined, 'it is seen');
    expect(world.problem('routeFailed')).toMatch(/192\.0\.2\.1\/32 on uplink0 of another program \(protocol static\)/);
    expect(world.publisher.accepted).toEqual([A, B]);
    now += 2_000;
    await world.settled();
    expect(world.publisher.accepted).toEqual([B]);
    expect(tables.routes.filter(({ destination }) => destination.network === A)).toMatchObject([{ protocol: 4 }]);
    tables.routes = tables.routes.filter(({ protocol }) => protocol !== 4);
    world.kernel.announce({ routes: true });
    await eventually(() => world.publisher.accepted.includes(A), 'it is announced again');
    expect(world.problem('routeFailed')).toBeUndefined();
  });

  it('is told in the log once for as long as it stands, however often a pass meets it', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A, B]);
    replaceByForeign(world.kernel.host.tables, A);
    for (let passes = 0; passes < 5; passes += 1) {
      world.kernel.announce({ routes: true });
      await world.settled();
    }
    const lines = world.lines.filter((line) => line.startsWith('error') && line.includes(`${A}`));
    expect(lines.filter((line) => line.includes('packets to'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('no route to'))).toHaveLength(1);
    expect(lines).toHaveLength(3);
  });

  it('to a pod is named before those to claims, of which the problem names a few and the number', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { ip4 = '' } = await world.addPod('own');
    const claims = Array.from({ length: 12 }, (_, n) => `192.0.2.${n + 1}`);
    await world.addPod('web', claims);
    for (const to of [...claims, ip4]) replaceByForeign(world.kernel.host.tables, to);
    world.kernel.announce({ routes: true });
    await world.settled();
    expect(world.problem('routeFailed')).toMatch(new RegExp(`^packets to ${ip4} .*; and 3 more$`));
  });

  it('that is there before is never announced', async () => {
    await using world = new EngineWorld();
    await world.start();
    replaceByForeign(world.kernel.host.tables, A);
    await world.addPod('web', [A, B]);
    expect(world.publisher.accepted).toEqual([B]);
  });
});

describe('the sysctls of the whole host', () => {
  it('are set again within the next look, and that is logged', async () => {
    await using world = new EngineWorld();
    await world.start({ hostCheck: 10 });
    const { sysctls } = world.kernel.host.tables;
    sysctls.set('net/ipv4/ip_forward', '0');
    sysctls.set('net/ipv6/conf/uplink0/accept_ra', '1');
    await eventually(() => sysctls.get('net/ipv4/ip_forward') === '1', 'forwarding is on again');
    expect(sysctls.get('net/ipv6/conf/uplink0/accept_ra')).toBe('2');
    expect(world.lines).toContain('warn a sysctl of the host was not as pods need it; set');
    expect(world.engine.snapshot().problems).toEqual([]);
  });

  it('that another program goes on changing are a problem', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    await using world = new EngineWorld();
    await world.start({}, () => new Date(now));
    for (let round = 0; round < 3; round += 1) {
      now += 5_000;
      world.kernel.host.tables.sysctls.set('net/ipv6/conf/all/forwarding', '0');
      world.kernel.announce({ sysctls: true });
    }
    expect(world.problem('forwardingOff')).toMatch(/net\/ipv6\/conf\/all\/forwarding had to be set 3 times/);
    now += 61_000;
    world.kernel.announce({ sysctls: true });
    expect(world.problem('forwardingOff')).toBeUndefined();
  });

  it('that cannot be set are a problem, CHECK fails, and both are over when they are right', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web');
    const { host } = world.kernel;
    const write = host.writeSysctl.bind(host);
    host.writeSysctl = () => {
      throw new Error('EROFS: read-only file system');
    };
    host.tables.sysctls.set('net/ipv4/ip_forward', '0');
    world.kernel.announce({ sysctls: true });
    expect(world.problem('forwardingOff')).toMatch(/ip_forward is 0, not 1, and cannot be set: EROFS/);
    const key = { containerId: 'web', ifname: 'eth0' };
    await expect(world.engine.check(key, '/run/netns/web')).rejects.toThrow(/forwards no IPv4 packet/);
    host.writeSysctl = write;
    world.kernel.announce({ sysctls: true });
    expect(world.problem('forwardingOff')).toBeUndefined();
    await world.engine.check(key, '/run/netns/web');
  });
});

describe('the packet filter', () => {
  it('that drops what goes to pods is a problem and fails CHECK, until it accepts', async () => {
    await using world = new EngineWorld();
    await world.start({ hostCheck: 10 });
    const { hostInterface } = await world.addPod('web');
    const label = 'inet filter forward';
    const drop: FilterChain = { families: [4, 6], label, rules: [], policy: 'drop', others: new Map() };
    world.kernel.host.filter = { generation: 2, chains: [drop] };
    await eventually(() => world.problem('forwardDropped'), 'it is a problem');
    expect(world.problem('forwardDropped')).toContain(hostInterface);
    const key = { containerId: 'web', ifname: 'eth0' };
    await expect(world.engine.check(key, '/run/netns/web')).rejects.toThrow(/"inet filter forward" drops every packet/);
    world.kernel.host.filter = { generation: 3, chains: [{ ...drop, policy: 'accept' }] };
    await eventually(() => world.problem('forwardDropped') === undefined, 'it is none any more');
    await world.engine.check(key, '/run/netns/web');
  });
});

describe('a look at the host', () => {
  it('does not take the place of a newer one that a change of the configuration has brought', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { host } = world.kernel;
    const links = host.links.bind(host);
    const { promise: asked, resolve: tellAsked } = Promise.withResolvers<void>();
    const { promise: answer, resolve: letAnswer } = Promise.withResolvers<void>();
    // The next question is answered late, with what was true when it was asked.
    host.links = async () => {
      host.links = links;
      const found = await links();
      tellAsked();
      await answer;
      return found;
    };
    world.kernel.announceLinkChange();
    await asked;
    const text = JSON.stringify({
      pools: { ipv4: '10.1.0.0/16' },
      mtu: 1400,
      bgp: { asn: 64601, routerId: '10.0.0.1' },
    });
    await world.engine.reconfigure(parseConfig(text, { hostname: 'node1' }), {});
    const { state } = world.engine;
    const put = [state.host];
    Object.defineProperty(state, 'host', { get: () => put.at(-1), set: (view) => put.push(view) });
    letAnswer();
    await world.settled();
    expect(put.length).toBeGreaterThan(1);
    expect(put.map(({ mtu }) => mtu.bytes)).toEqual(put.map(() => 1400));
  });

  it('tells the kernel’s listener whose links and addresses there are', async () => {
    await using world = new EngineWorld();
    await world.start();
    const interest = hostInterest(world.ports, world.engine.state);
    const { hostInterface, ip4 } = await world.addPod('web', [A]);
    const link = [...world.kernel.host.tables.links.values()].find(({ name }) => name === hostInterface);
    expect([interest.kindOf(1), interest.kindOf(2), interest.kindOf(link?.index ?? 0)]).toEqual([
      undefined,
      'host',
      'pod',
    ]);
    expect(interest.ownerOf(address(A))).toBe('claim');
    expect(interest.ownerOf(address(ip4 ?? ''))).toBe(link?.index);
    expect(interest.ownerOf(address('198.51.100.1'))).toBeUndefined();
  });
});
