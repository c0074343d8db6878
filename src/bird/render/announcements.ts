import type { AddressNextHop } from '../../advertise/decision.ts';
import { FlockError } from '../../errors.ts';
import { type Address, addressToBytes, FAMILIES, type Family, familyOf, parseAddress } from '../../model/address.ts';
import { type CommunityText, communityNumbers } from '../../model/community.ts';
import { isHostInterfaceName } from '../../model/names.ts';
import { hostPrefix } from '../../model/prefix.ts';
import { ANNOUNCEMENTS_HEADER, announceProtocol } from '../names.ts';
import type { Announcement } from '../types.ts';

/** Renders the text of the announcements file, see `createAnnouncementsRenderer`. */
type AnnouncementsRenderer = (announcements: Iterable<Announcement>) => string;

/** One `route` line and its position. */
interface Line {
  readonly address: Address;
  readonly family: Family;
  /** The address's bytes as characters, so that comparing texts sorts by value. */
  readonly sortKey: string;
  nextHops: readonly AddressNextHop[];
  communities: readonly CommunityText[];
  text: string;
  /** Number of the last rendering that had this address. */
  seen: number;
}

/**
 * The announcements file: for each family a static protocol with one route per address, whose next hops are the devices
 * of the pods. `check link` makes BIRD withdraw a route by itself when all its devices are gone or down, whether flockd
 * is running or not. The devices are followed by the attributes set on the route, so that every router gets them, and a
 * change of them is an UPDATE of only that route (`static_same_rte` of BIRD's proto/static/static.c). Both families are
 * in one file, so that no reload ever sees half a change. Sorted, so that the same set gives the same bytes. The empty
 * set is valid.
 * @throws FlockError `internal` for an address, device or community that must not be written, and for a duplicate
 * address.
 */
export function renderAnnouncements(announcements: Iterable<Announcement>): string {
  return createAnnouncementsRenderer()(announcements);
}

/**
 * `renderAnnouncements` with a cache: lines are generated, checked and sorted once, whatever the order of the
 * addresses, so that one change among 10,000 costs about as much as joining their lines.
 */
export function createAnnouncementsRenderer(): AnnouncementsRenderer {
  const known = new Map<Address, Line>();
  let sorted: Line[] = [];
  let rendering = 0;
  const take = (announcements: Iterable<Announcement>): number => {
    let count = 0;
    const added: Line[] = [];
    for (const announcement of announcements) {
      const line = known.get(announcement.address) ?? newLine(announcement.address);
      if (line.seen === rendering) throw new FlockError('internal', `${line.address} is to be announced twice`);
      if (!leadsTheSameWay(line, announcement) || !carriesTheSame(line, announcement)) {
        line.text = routeText(announcement);
        line.nextHops = announcement.nextHops;
        line.communities = announcement.communities ?? [];
      }
      if (line.seen === 0) {
        known.set(line.address, line);
        added.push(line);
      }
      line.seen = rendering;
      count += 1;
    }
    if (added.length > 0) sorted = merge(sorted, added.sort(compare));
    return count;
  };
  return (announcements) => {
    rendering += 1;
    let count: number;
    try {
      count = take(announcements);
    } catch (error) {
      // What was added before the error is in `known` but not in `sorted`.
      known.clear();
      sorted = [];
      throw error;
    }
    const protocols = FAMILIES.map((family) => protocolText(family, sorted, rendering));
    // Addresses that are gone are dropped in bulk, at a cost that is spread over many renderings.
    if (known.size > 2 * count + 1000) {
      sorted = sorted.filter((line) => line.seen === rendering || !known.delete(line.address));
    }
    return `${ANNOUNCEMENTS_HEADER}\n${protocols.join('')}`;
  };
}

function protocolText(family: Family, lines: readonly Line[], rendering: number): string {
  const routes: string[] = [];
  for (const line of lines) if (line.seen === rendering && line.family === family) routes.push(line.text);
  return `\nprotocol static ${announceProtocol(family)} {\n\tipv${family};\n\tcheck link;\n${routes.join('')}}\n`;
}

/** @throws FlockError for an announcement without next hops, which cannot be a static route. */
function leadsTheSameWay(line: Line, { address, nextHops }: Announcement): boolean {
  if (nextHops.length === 0) throw new FlockError('internal', `${address} is to be announced without a next hop`);
  if (line.nextHops === nextHops) return true;
  return (
    line.nextHops.length === nextHops.length &&
    line.nextHops.every((hop, index) => hop.interface === nextHops[index]?.interface)
  );
}

function carriesTheSame(line: Line, { communities = [] }: Announcement): boolean {
  const known = line.communities;
  if (known === communities) return true;
  return known.length === communities.length && known.every((community, index) => community === communities[index]);
}

function newLine(address: Address): Line {
  if (parseAddress(address) !== address) {
    throw new FlockError('internal', `${JSON.stringify(address)} is not an address that can be announced`);
  }
  const sortKey = String.fromCharCode(...addressToBytes(address));
  return { address, family: familyOf(address), sortKey, nextHops: [], communities: [], text: '', seen: 0 };
}

function routeText({ address, nextHops, communities = [] }: Announcement): string {
  const devices = [...new Set(nextHops.map((hop) => checkedDevice(address, hop.interface)))].sort();
  const attributes = communities.map((community) => ` ${statementFor(address, community)}`).join('');
  const block = attributes === '' ? '' : ` {${attributes} }`;
  return `\troute ${hostPrefix(address)}${devices.map(nextHop).join('')}${block};\n`;
}

/** Built only from numbers, whatever the text was. */
function statementFor(address: Address, community: CommunityText): string {
  const numbers = communityNumbers(community);
  if (numbers === undefined) {
    throw new FlockError('internal', `${address}: ${JSON.stringify(community)} is not a community`);
  }
  const attribute = numbers.length === 2 ? 'bgp_community' : 'bgp_large_community';
  return `${attribute}.add((${numbers.join(', ')}));`;
}

/** The largest weight that BIRD accepts (`proto/static/config.Y`). */
const MOST_WEIGHT = 256;

/**
 * One of the devices. Several get descending weights: BIRD 3 ignores a static route whose next hops are not in its own
 * order, which is by descending weight first and then by interface index (`nexthop_compare_node` in `nest/rt-attr.c`),
 * and the index is not known here. The weights have no effect: the route goes to routers, which see one next hop, and
 * never to the kernel.
 */
function nextHop(device: string, index: number, devices: readonly string[]): string {
  if (devices.length === 1) return ` via "${device}"`;
  return ` via "${device}" weight ${Math.max(1, Math.min(MOST_WEIGHT, devices.length) - index)}`;
}

/** A pod's device: `flock` and 8 hex digits, which can end neither the string nor the line that it is in. */
function checkedDevice(address: Address, name: string): string {
  if (isHostInterfaceName(name)) return name;
  throw new FlockError('internal', `${address}: ${JSON.stringify(name)} is not the device of a pod`);
}

function compare(a: Line, b: Line): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.sortKey < b.sortKey ? -1 : 1;
}

/** Two sorted lists as one. */
function merge(a: readonly Line[], b: readonly Line[]): Line[] {
  const merged: Line[] = [];
  let next = 0;
  for (const line of a) {
    for (let other = b[next]; other !== undefined && compare(other, line) < 0; other = b[next]) {
      merged.push(other);
      next += 1;
    }
    merged.push(line);
  }
  return merged.concat(b.slice(next));
}
