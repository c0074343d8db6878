import type { Change, Route } from '../kernel/ports.ts';
import { type Address, addressBits, familyOf } from '../model/address.ts';
import type { Prefix } from '../model/prefix.ts';
import { hopKey, memberKey } from './forms.ts';
import type { RouteModel } from './model.ts';
import { groupsThatMoveWhole, NextHopDraft } from './next-hops.ts';
import { type DesiredRoutes, type Hop, ROUTE_METRIC, type RoutePlan } from './route-values.ts';

/**
 * What has to change for the addresses in `desired`; all others are left unchanged.
 *
 * A single hop becomes a plain route, so that `ip route` shows everything. Several become one route to a group of next
 * hop objects, in both families: the kernel drops an entire inline IPv4 multipath route when one of its devices goes. A
 * group represents a set of hops and is shared by all addresses with this set, so 10,000 addresses of two pods need one
 * group. Routes are replaced, never deleted and added. A new route is created exclusively: if another program has a
 * route to the address, that one stays, and ours fails.
 */
export function planDelta(model: RouteModel, desired: DesiredRoutes): RoutePlan {
  const draft = new NextHopDraft(model);
  const routes: Change[] = [];
  const unwanted = model.strays.filter((stray) => !isHost(stray.destination) || isUndesired(stray, desired));
  const remove = unwanted.map(({ destination, metric }) => deletion(model, destination, metric));
  const carriedBy = new Map<number, Address[]>();
  const moving = groupsThatMoveWhole(model, desired);
  for (const [id, hops] of moving) {
    draft.moveGroup(id, hops);
    carriedBy.set(id, []);
  }
  for (const [address, hops] of desired) {
    const form = model.routes.get(address);
    if (hops.length === 0) {
      if (form !== undefined) remove.push(deletion(model, hostPrefixOf(address), metricOf(address)));
      continue;
    }
    if (isRight(model, address, hops)) continue;
    if (form?.kind === 'object' && moving.has(form.id)) {
      carriedBy.get(form.id)?.push(address);
      continue;
    }
    routes.push(creation(model, address, hops, draft));
  }
  return { make: [...draft.leaves, ...draft.groups, ...routes], remove, carriedBy };
}

/** Deletes the routes with another metric that an older flockd left for addresses that are now routed correctly. */
export function planSuperseded(model: RouteModel, addresses: readonly Address[]): Change[] {
  if (model.strays.length === 0) return [];
  const routed = new Set(addresses.filter((address) => model.routes.has(address)));
  const old = model.strays.filter(({ destination }) => isHost(destination) && routed.has(destination.network));
  return old.map(({ destination, metric }) => deletion(model, destination, metric));
}

/**
 * The next hop objects of ours that nothing uses: groups, then leaves. Based on what the kernel has confirmed, since
 * deleting a next hop object deletes the routes through it.
 */
export function planSweep(model: RouteModel): Change[] {
  const groups = [...model.groups.keys()].filter((id) => model.usersOf(id) === 0);
  const members = new Set<number>();
  for (const [id, ids] of model.groups) if (model.usersOf(id) > 0) for (const member of ids) members.add(member);
  const leaves = [...model.leaves.keys()].filter((id) => !members.has(id) && model.usersOf(id) === 0);
  const ascending = (a: number, b: number) => a - b;
  return [...groups.sort(ascending), ...leaves.sort(ascending)].map((id) => ({ kind: 'deleteNextHop', id }));
}

/** Whether the kernel routes packets to the address through exactly these hops, in the form that flockd chooses. */
function isRight(model: RouteModel, address: Address, hops: readonly Hop[]): boolean {
  const form = model.routes.get(address);
  const [only] = hops;
  if (hops.length === 1 && only !== undefined) return form?.kind === 'plain' && hopKey(form.hop) === hopKey(only);
  return form?.kind === 'object' && model.groupKey(form.id) === memberKey(hops.map(hopKey));
}

function creation(model: RouteModel, address: Address, hops: readonly Hop[], draft: NextHopDraft): Change {
  const [only] = hops;
  const base = {
    kind: 'replaceRoute',
    destination: hostPrefixOf(address),
    protocol: model.protocol,
    metric: metricOf(address),
    ...(model.routes.has(address) ? {} : ({ exclusive: true } as const)),
  } as const;
  if (hops.length === 1 && only !== undefined) {
    return { ...base, linkIndex: only.linkIndex, gateway: only.via, onlink: true };
  }
  return { ...base, nextHopId: draft.groupFor(hops) };
}

function deletion({ protocol }: RouteModel, destination: Prefix, metric: number): Change {
  return { kind: 'deleteRoute', destination, protocol, metric };
}

function isUndesired({ destination }: Route, desired: DesiredRoutes): boolean {
  return desired.get(destination.network)?.length === 0;
}

function isHost({ family, length }: Prefix): boolean {
  return length === addressBits(family);
}

function metricOf(address: Address): number {
  return ROUTE_METRIC[familyOf(address)];
}

function hostPrefixOf(address: Address): Prefix {
  const family = familyOf(address);
  return { family, network: address, length: addressBits(family) };
}
