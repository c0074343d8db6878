import type { AddressDecision } from '../../advertise/decision.ts';
import type { Address } from '../../model/address.ts';
import type { CommunityText } from '../../model/community.ts';

/** What this node announces or routes: by address, only decisions that have next hops. */
export type Announced = ReadonlyMap<Address, AddressDecision>;

/** The same of what the kernel routes, which has next hops only. */
export type Routed = ReadonlyMap<Address, Pick<AddressDecision, 'nextHops'>>;

/**
 * One effect of a pass. `route` makes or changes host routes so that `to` holds; `unroute` removes the routes of the
 * addresses; `publish` gives BIRD exactly this set.
 */
export type Effect =
  | { readonly kind: 'route'; readonly addresses: readonly Address[] }
  | { readonly kind: 'publish'; readonly set: Announced }
  | { readonly kind: 'unroute'; readonly addresses: readonly Address[] };

/**
 * The order in which a pass takes effect:
 * - an address that is new is routed before it is announced;
 * - an address that is no longer wanted is withdrawn, and BIRD has confirmed that, before its route is removed;
 * - an address whose next hops changed keeps its route all along: the route follows first, so that no packet goes to a
 *   replica that is no longer ready, then BIRD;
 * - an address of which only the communities changed keeps its route untouched: only BIRD is updated;
 * - a withdrawal never waits for an announcement: when a pass has both, withdrawals come before new addresses are
 *   routed.
 * @param announced what BIRD has in force; @param routed what the kernel routes; @param wanted what shall be.
 */
export function orderEffects(announced: Announced, routed: Routed, wanted: Announced): Effect[] {
  const effects: Effect[] = [];
  const withdrawn = [...announced.keys()].filter((address) => !wanted.has(address));
  const unroute = [...routed.keys()].filter((address) => !wanted.has(address));
  const route: Address[] = [];
  let publish = withdrawn.length > 0;
  for (const [address, decision] of wanted) {
    if (!sameNextHops(routed.get(address), decision)) route.push(address);
    if (!sameAnnouncement(announced.get(address), decision)) publish = true;
  }
  const comes = route.some((address) => !routed.has(address));
  if (withdrawn.length > 0 && comes) {
    effects.push({ kind: 'publish', set: new Map([...announced].filter(([address]) => wanted.has(address))) });
  }
  if (route.length > 0) effects.push({ kind: 'route', addresses: route });
  if (publish) effects.push({ kind: 'publish', set: wanted });
  if (unroute.length > 0) effects.push({ kind: 'unroute', addresses: unroute });
  return effects;
}

/** Whether two decisions make the same announcement. */
function sameAnnouncement(a: AddressDecision | undefined, b: AddressDecision): boolean {
  return a !== undefined && sameNextHops(a, b) && sameCommunities(a.communities, b.communities);
}

/** Communities are sorted, and mostly the same array object. */
function sameCommunities(a: readonly CommunityText[], b: readonly CommunityText[]): boolean {
  return a === b || (a.length === b.length && a.every((community, index) => community === b[index]));
}

/** Whether two decisions lead packets the same way. Next hops are sorted, and mostly the same array object. */
export function sameNextHops(
  a: Pick<AddressDecision, 'nextHops'> | undefined,
  b: Pick<AddressDecision, 'nextHops'> | undefined,
): boolean {
  if (a?.nextHops === b?.nextHops) return true;
  if (a === undefined || b === undefined || a.nextHops.length !== b.nextHops.length) return false;
  return a.nextHops.every(
    (hop, index) => hop.via === b.nextHops[index]?.via && hop.interface === b.nextHops[index]?.interface,
  );
}
