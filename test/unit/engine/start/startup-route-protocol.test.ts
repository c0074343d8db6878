import { describe, expect, it } from 'vitest';
import { handOver } from '../../../../src/engine/start/route-protocol.ts';
import type { Route } from '../../../../src/kernel/ports.ts';
import { prefix } from '../../model/fixtures.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';
const A6 = '2001:db8:ffff::1';
const B = '192.0.2.2';

describe('a start with another route protocol', () => {
  it('hands every route over, and claims are routed at every moment', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('one', [A, A6, B]);
    await world.addPod('two', [A, A6]);
    world.configure({ routeProtocol: 203 });
    const lost = new Set<string>();
    // Looks before every single change; none of them fails.
    const look = (): boolean => {
      const routed = new Set<string>(world.kernel.host.tables.routes.map(({ destination }) => destination.network));
      for (const claim of [A, A6, B]) if (!routed.has(claim)) lost.add(claim);
      return false;
    };
    world.kernel.host.failWhen(look, 'EIO');
    const given = world.publisher.given.length;
    await world.start();
    await world.settled();
    const { routes, nextHops } = world.kernel.host.tables;
    expect([...lost]).toEqual([]);
    expect(routes.filter(({ protocol }) => protocol === 202)).toEqual([]);
    expect(routes.filter(({ protocol }) => protocol === 203)).toHaveLength(7);
    expect(new Set([...nextHops.values()].map(({ protocol }) => protocol))).toEqual(new Set([203]));
    expect(world.publisher.given.slice(given).every((set) => set.length === 3)).toBe(true);
    expect(world.engine.snapshot().problems).toEqual([]);
    expect(world.ports.store.state.routeProtocol).toBe(203);
  });
});

describe('handing a route over', () => {
  const gone = { linkIndex: undefined, gateway: undefined };
  const route = (destination: string, more: Partial<Route> = {}): Route => ({
    ...{ destination: prefix(destination), ...gone, preferredSource: undefined, protocol: 202, scope: 'global' },
    ...{ onlink: false, metric: 0, nextHopId: undefined, multipath: [] },
    ...more,
  });

  it('deletes what leads through an object that is not there, and what is wide', () => {
    const changes = handOver(
      [route('192.0.2.1/32', { nextHopId: 7 }), route('198.51.100.0/24', { nextHopId: 7 })],
      [],
      203,
    );
    expect(changes.map(({ kind }) => kind)).toEqual(['deleteRoute', 'deleteRoute']);
  });

  it('leaves routes straight to a device to the wiring', () => {
    expect(handOver([route('10.1.0.2/32', { linkIndex: 5 })], [], 203)).toEqual([]);
  });
});
