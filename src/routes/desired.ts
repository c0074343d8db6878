import type { AddressDecision, AddressNextHop } from '../advertise/decision.ts';
import type { Link } from '../kernel/ports.ts';
import { type Address, addressBits } from '../model/address.ts';
import type { RouteForm } from './forms.ts';
import type { RouteModel } from './model.ts';
import type { Hop } from './route-values.ts';

/** Links of the host by name. */
export type HostLinks = ReadonlyMap<string, Pick<Link, 'index' | 'up'>>;

/**
 * What decisions require of the kernel, and the addresses for which that cannot be determined, each with the reason.
 */
interface ResolvedRoutes {
  readonly desired: Map<Address, readonly Hop[]>;
  readonly failures: Map<Address, string>;
}

/**
 * Turns the next hops of decisions, which name interfaces, into hops with link indexes. A next hop whose interface is
 * missing or down is omitted, since the kernel accepts no route through it. So are decisions without next hops.
 */
export function resolveRoutes(decisions: Iterable<AddressDecision>, links: HostLinks): ResolvedRoutes {
  const desired = new Map<Address, readonly Hop[]>();
  const failures = new Map<Address, string>();
  for (const { address, nextHops } of decisions) {
    if (nextHops.length === 0) continue;
    const hops: Hop[] = [];
    for (const { via, interface: name } of nextHops) {
      const link = links.get(name);
      if (link?.up === true) hops.push({ via, linkIndex: link.index });
    }
    if (hops.length > 0) desired.set(address, hops);
    else {
      const names = nextHops.map((hop) => hop.interface).join(', ');
      failures.set(address, `no route to ${address}: interface ${names} is missing or down`);
    }
  }
  return { desired, failures };
}

/**
 * What the kernel routes now, in the terms of decisions. A route in another form than flockd's is listed without next
 * hops, so that it differs from any desired one.
 */
export function routedNow(model: RouteModel, links: HostLinks): Map<Address, readonly AddressNextHop[]> {
  const names = new Map<number, string>();
  for (const [name, { index }] of links) names.set(index, name);
  const routed = new Map<Address, readonly AddressNextHop[]>();
  for (const { destination } of model.strays) {
    if (destination.length === addressBits(destination.family)) routed.set(destination.network, []);
  }
  for (const [address, form] of model.routes) {
    const hops = hopsOf(model, form);
    const nextHops = hops.flatMap(({ via, linkIndex }) => {
      const name = names.get(linkIndex);
      return name === undefined ? [] : [{ via, interface: name }];
    });
    nextHops.sort((a, b) => (a.interface < b.interface ? -1 : a.interface > b.interface ? 1 : 0));
    routed.set(address, nextHops.length === hops.length ? nextHops : []);
  }
  return routed;
}

function hopsOf(model: RouteModel, form: RouteForm): readonly Hop[] {
  if (form.kind === 'plain') return [form.hop];
  const hops = form.kind === 'object' ? (model.groupHops(form.id) ?? []) : [];
  return hops.length > 1 ? hops : [];
}
