import { describe, expect, it } from 'vitest';
import type { Change, NextHop, Route } from '../../../src/kernel/ports.ts';
import { type ObservedRoutes, RouteModel } from '../../../src/routes/model.ts';
import { planDelta, planSweep } from '../../../src/routes/plan.ts';
import type { RoutePlan } from '../../../src/routes/route-values.ts';
import { address, prefix } from '../model/fixtures.ts';
import { desired, hop, PROTOCOL } from './fixtures.ts';
import { planFull } from './plan-full.ts';

const FIRST_ID = 202 * 2 ** 20;
const NOTHING: ObservedRoutes = { routes: [], nextHops: [] };

/** A route as the kernel lists it, plain through pod 1 unless told otherwise. */
function route(destination: string, changes: Partial<Route> = {}): Route {
  const parsed = prefix(destination);
  const { via, linkIndex } = hop(parsed.network, 1);
  return {
    destination: parsed,
    linkIndex,
    gateway: via,
    preferredSource: undefined,
    protocol: PROTOCOL,
    scope: 'global',
    onlink: true,
    metric: parsed.family === 6 ? 20 : 0,
    nextHopId: undefined,
    multipath: [],
    ...changes,
  };
}

const NO_HOP = { linkIndex: undefined, gateway: undefined, onlink: false };

function leaf(id: number, pod: number, family: 4 | 6 = 4, protocol = PROTOCOL): NextHop {
  const { via, linkIndex } = hop(address(family === 4 ? '192.0.2.1' : '2001:db8::1'), pod);
  return { id, protocol, family, linkIndex, gateway: via, group: [] };
}

function group(id: number, members: readonly number[], protocol = PROTOCOL): NextHop {
  return { id, protocol, family: undefined, linkIndex: undefined, gateway: undefined, group: members };
}

/** The plan as short lines. */
function lines(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    switch (change.kind) {
      case 'replaceRoute': {
        const way =
          change.nextHopId === undefined
            ? `via ${change.gateway} dev ${change.linkIndex}`
            : `nhid ${change.nextHopId - FIRST_ID}`;
        const how = [change.onlink && 'onlink', change.exclusive && 'exclusive'].filter(Boolean).join(' ');
        return `route ${change.destination.network} ${way} metric ${change.metric} ${how}`.trim();
      }
      case 'deleteRoute':
        return `delete ${change.destination.network}/${change.destination.length} metric ${change.metric} proto ${change.protocol}`;
      case 'replaceNextHop':
        return `leaf ${change.id - FIRST_ID} via ${change.gateway} dev ${change.linkIndex}`;
      case 'replaceNextHopGroup':
        return `group ${change.id - FIRST_ID}: ${change.members.map((id) => id - FIRST_ID).join(' ')}`;
      case 'deleteNextHop':
        return `delete object ${change.id - FIRST_ID}`;
      default:
        return change.kind;
    }
  });
}

function full(observed: ObservedRoutes, pods: Readonly<Record<string, readonly number[]>>): RoutePlan {
  return planFull(observed, PROTOCOL, desired(pods)).plan;
}

describe('on an empty kernel', () => {
  it('one hop is a plain onlink route with a metric better than BIRD s 32', () => {
    const plan = full(NOTHING, { '192.0.2.1': [1], '2001:db8:ffff::1': [1] });
    expect(lines(plan.make)).toEqual([
      'route 192.0.2.1 via 10.1.1.2 dev 11 metric 0 onlink exclusive',
      'route 2001:db8:ffff::1 via 2001:db8:1:1::1 dev 11 metric 20 onlink exclusive',
    ]);
    expect(plan.remove).toEqual([]);
  });

  it('several hops are leaves, a group and a route, in this order', () => {
    const plan = full(NOTHING, { '192.0.2.1': [1, 2], '2001:db8:ffff::1': [1, 2] });
    expect(lines(plan.make)).toEqual([
      'leaf 0 via 10.1.1.2 dev 11',
      'leaf 1 via 10.1.1.3 dev 12',
      'leaf 3 via 2001:db8:1:1::1 dev 11',
      'leaf 4 via 2001:db8:1:1::2 dev 12',
      'group 2: 0 1',
      'group 5: 3 4',
      'route 192.0.2.1 nhid 2 metric 0 exclusive',
      'route 2001:db8:ffff::1 nhid 5 metric 20 exclusive',
    ]);
  });

  it('addresses with the same hops share a group, in whatever order the hops come', () => {
    const plan = full(NOTHING, { '192.0.2.1': [1, 2], '192.0.2.2': [2, 1], '192.0.2.3': [1, 2, 3] });
    expect(plan.make.filter(({ kind }) => kind === 'replaceNextHopGroup')).toHaveLength(2);
    expect(plan.make.filter(({ kind }) => kind === 'replaceNextHop')).toHaveLength(3);
    expect(lines(plan.make).slice(-3, -1)).toEqual([
      'route 192.0.2.1 nhid 2 metric 0 exclusive',
      'route 192.0.2.2 nhid 2 metric 0 exclusive',
    ]);
  });

  it('skips ids that another program has', () => {
    const nextHops = [leaf(FIRST_ID, 9, 4, 11), group(FIRST_ID + 2, [FIRST_ID], 11)];
    const plan = full({ routes: [], nextHops }, { '192.0.2.1': [1, 2] });
    expect(lines(plan.make).slice(0, 3)).toEqual([
      'leaf 1 via 10.1.1.2 dev 11',
      'leaf 3 via 10.1.1.3 dev 12',
      'group 4: 1 3',
    ]);
  });
});

describe('on a kernel that has something', () => {
  const pair: ObservedRoutes = {
    routes: [route('192.0.2.1/32', { ...NO_HOP, nextHopId: FIRST_ID + 2 })],
    nextHops: [leaf(FIRST_ID, 1), leaf(FIRST_ID + 1, 2), group(FIRST_ID + 2, [FIRST_ID + 1, FIRST_ID])],
  };

  it('what is right stays untouched', () => {
    expect(full(pair, { '192.0.2.1': [1, 2] })).toMatchObject({ make: [], remove: [] });
    const plain = { routes: [route('192.0.2.1/32'), route('2001:db8::1/128')], nextHops: [] };
    expect(full(plain, { '192.0.2.1': [1], '2001:db8::1': [1] })).toMatchObject({ make: [], remove: [] });
  });

  it('a route is replaced, never deleted and added, when its hops change', () => {
    expect(lines(full(pair, { '192.0.2.1': [2] }).make)).toEqual([
      'route 192.0.2.1 via 10.1.1.3 dev 12 metric 0 onlink',
    ]);
    expect(full(pair, { '192.0.2.1': [2] }).remove).toEqual([]);
    const plain = { routes: [route('192.0.2.1/32')], nextHops: [] };
    expect(lines(full(plain, { '192.0.2.1': [1, 2] }).make).at(-1)).toBe('route 192.0.2.1 nhid 2 metric 0');
  });

  it.each<[string, Partial<Route>]>([
    ['without onlink', { onlink: false }],
    ['over another device', { linkIndex: 99 }],
    ['over another gateway', { gateway: address('10.1.1.99') }],
    [
      'with inline next hops',
      {
        ...NO_HOP,
        multipath: [hop(address('192.0.2.1'), 1)].map(({ via, linkIndex }) => ({ linkIndex, gateway: via })),
      },
    ],
    ['over a next hop object', { ...NO_HOP, nextHopId: FIRST_ID }],
  ])('a route %s is put right', (_, changes) => {
    const plan = full(
      { routes: [route('192.0.2.1/32', changes)], nextHops: [leaf(FIRST_ID, 1)] },
      { '192.0.2.1': [1] },
    );
    expect(lines(plan.make)).toEqual(['route 192.0.2.1 via 10.1.1.2 dev 11 metric 0 onlink']);
  });

  it('a group that lost a member to the kernel is put right in place', () => {
    const lost = { ...pair, nextHops: [leaf(FIRST_ID, 1), group(FIRST_ID + 2, [FIRST_ID])] };
    const plan = full(lost, { '192.0.2.1': [1, 2] });
    expect(lines(plan.make)).toEqual(['leaf 1 via 10.1.1.3 dev 12', 'group 2: 0 1']);
    expect(plan.carriedBy.get(FIRST_ID + 2)).toEqual(['192.0.2.1']);
  });

  it('a group all of whose routes move to the same hops is changed in place', () => {
    const routes = ['192.0.2.1/32', '192.0.2.2/32'].map((text) => route(text, { ...NO_HOP, nextHopId: FIRST_ID + 2 }));
    const plan = full({ ...pair, routes }, { '192.0.2.1': [1, 3], '192.0.2.2': [1, 3] });
    expect(lines(plan.make)).toEqual(['leaf 3 via 10.1.1.4 dev 13', 'group 2: 0 3']);
    expect(plan.carriedBy.get(FIRST_ID + 2)).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  it('a group that some routes keep is left as it is', () => {
    const routes = ['192.0.2.1/32', '192.0.2.2/32'].map((text) => route(text, { ...NO_HOP, nextHopId: FIRST_ID + 2 }));
    const plan = full({ ...pair, routes }, { '192.0.2.1': [1, 3], '192.0.2.2': [1, 2] });
    expect(lines(plan.make)).toEqual(['leaf 3 via 10.1.1.4 dev 13', 'group 4: 0 3', 'route 192.0.2.1 nhid 4 metric 0']);
  });

  it('a group is left as it is when nothing is said about one of its routes', () => {
    const routes = ['192.0.2.1/32', '192.0.2.2/32'].map((text) => route(text, { ...NO_HOP, nextHopId: FIRST_ID + 2 }));
    const model = new RouteModel(PROTOCOL, { ...pair, routes });
    const plan = planDelta(model, desired({ '192.0.2.1': [1, 3] }));
    expect(lines(plan.make)).toEqual(['leaf 3 via 10.1.1.4 dev 13', 'group 4: 0 3', 'route 192.0.2.1 nhid 4 metric 0']);
    expect(plan.carriedBy.size).toBe(0);
  });

  it('a route goes to the group of its new hops where there is one', () => {
    const nextHops = [...pair.nextHops, leaf(FIRST_ID + 3, 3), group(FIRST_ID + 4, [FIRST_ID, FIRST_ID + 3])];
    const plan = full({ ...pair, nextHops }, { '192.0.2.1': [1, 3] });
    expect(lines(plan.make)).toEqual(['route 192.0.2.1 nhid 4 metric 0']);
  });
});

describe('removal', () => {
  it('takes routes to addresses that are no longer desired, and nothing of the pods own routes', () => {
    const routes = [
      route('192.0.2.1/32'),
      route('2001:db8:ffff::1/128'),
      // As the wiring installs them for the pods' own addresses.
      route('10.1.1.2/32', { ...NO_HOP, linkIndex: 11, scope: 'link' }),
      route('2001:db8:1:1::1/128', { ...NO_HOP, linkIndex: 11, metric: 1024 }),
    ];
    const plan = full({ routes, nextHops: [] }, { '192.0.2.1': [1] });
    expect(plan.make).toEqual([]);
    expect(lines(plan.remove)).toEqual(['delete 2001:db8:ffff::1/128 metric 20 proto 202']);
  });

  it('takes nothing of another protocol, even where the observation has it', () => {
    const routes = [route('192.0.2.1/32', { protocol: 4 }), route('192.0.2.0/24', { protocol: 12 })];
    expect(full({ routes, nextHops: [leaf(5, 1, 4, 11)] }, {})).toMatchObject({ make: [], remove: [] });
  });

  it('takes routes of ours that are wrong in any case: another metric, not a single address', () => {
    const routes = [route('2001:db8:ffff::1/128', { metric: 1024 }), route('192.0.2.0/24')];
    const plan = full({ routes, nextHops: [] }, { '2001:db8:ffff::1': [1] });
    expect(lines(plan.make)).toEqual(['route 2001:db8:ffff::1 via 2001:db8:1:1::1 dev 11 metric 20 onlink exclusive']);
    // The one to the address that is desired goes when its successor is there.
    expect(lines(plan.remove)).toEqual(['delete 192.0.2.0/24 metric 0 proto 202']);
    expect(lines(full({ routes, nextHops: [] }, {}).remove)).toEqual([
      'delete 2001:db8:ffff::1/128 metric 1024 proto 202',
      'delete 192.0.2.0/24 metric 0 proto 202',
    ]);
  });

  it('of an address that has no route is no change', () => {
    expect(planDelta(new RouteModel(PROTOCOL, NOTHING), desired({ '192.0.2.1': [] }))).toMatchObject({
      make: [],
      remove: [],
    });
  });

  it('of part of the addresses leaves the others alone', () => {
    const model = new RouteModel(PROTOCOL, { routes: [route('192.0.2.1/32'), route('192.0.2.2/32')], nextHops: [] });
    expect(lines(planDelta(model, desired({ '192.0.2.2': [] })).remove)).toEqual([
      'delete 192.0.2.2/32 metric 0 proto 202',
    ]);
  });
});

describe('the sweep', () => {
  it('takes unused groups, then the leaves that no used group has, and nothing of others', () => {
    const nextHops = [
      leaf(FIRST_ID, 1),
      leaf(FIRST_ID + 1, 2),
      group(FIRST_ID + 2, [FIRST_ID, FIRST_ID + 1]),
      leaf(FIRST_ID + 3, 3),
      group(FIRST_ID + 4, [FIRST_ID, FIRST_ID + 3]),
      leaf(7, 4, 4, 11),
      group(8, [7], 11),
    ];
    const routes = [route('192.0.2.1/32', { ...NO_HOP, nextHopId: FIRST_ID + 2 })];
    expect(lines(planSweep(new RouteModel(PROTOCOL, { routes, nextHops })))).toEqual([
      'delete object 4',
      'delete object 3',
    ]);
  });

  it('keeps a leaf that a route uses directly until the route is put right', () => {
    const routes = [route('192.0.2.1/32', { ...NO_HOP, nextHopId: FIRST_ID })];
    expect(planSweep(new RouteModel(PROTOCOL, { routes, nextHops: [leaf(FIRST_ID, 1)] }))).toEqual([]);
  });

  it('takes objects of ours that are neither leaf nor group', () => {
    const odd: NextHop = { ...leaf(FIRST_ID, 1), gateway: undefined };
    expect(planSweep(new RouteModel(PROTOCOL, { routes: [], nextHops: [odd] }))).toHaveLength(1);
  });
});
