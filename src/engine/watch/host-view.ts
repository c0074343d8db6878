import { isDeepStrictEqual } from 'node:util';
import type { HostFacts } from '../../bird/types.ts';
import type { KnownOfHost } from '../../bird/view/host-facts.ts';
import { readHostFacts } from '../../bird/view/host-facts.ts';
import type { Config } from '../../config/types.ts';
import { errorText } from '../../errors.ts';
import type { Kernel, Link } from '../../kernel/ports.ts';
import type { Address } from '../../model/address.ts';
import { isHostInterfaceName } from '../../model/names.ts';
import { uplinkMtu } from '../../wiring/host/mtu.ts';
import type { HostView } from '../context.ts';

/**
 * Reads what flockd must know of its host.
 * @param routerId the router id remembered from earlier, which outlives the address that it was taken from.
 * @param before the view read last: what has not changed keeps the same object, so that nothing is computed again for
 * it.
 * @param routes `keep` takes the near routes from the view before: the kernel reports when they change, and lists all
 * that it has for them, which on a host with a full table of BGP takes a tenth of a second.
 */
export async function readHostView(
  kernel: Kernel,
  config: Config,
  routerId: Address | undefined,
  before?: HostView,
  routes: 'read' | 'keep' = 'read',
): Promise<HostView> {
  const nearRoutes = before !== undefined && routes === 'keep' ? before.nearRoutes : await kernel.host.nearRoutes();
  const links = await kernel.host.links();
  const pods = new Set(links.filter((link) => isHostInterfaceName(link.name)).map((link) => link.index));
  const found = await kernel.host.addresses();
  const addresses = found.filter((address) => !pods.has(address.linkIndex));
  const peers = config.bgp.peers.map((peer) => peer.address);
  const own = new Set(addresses.map((address) => address.address));
  const now = await facts(kernel, config, routerId, before, { routes: nearRoutes, links, addresses: found });
  return {
    links: byName(links),
    ownAddresses: before !== undefined && isDeepStrictEqual(before.ownAddresses, own) ? before.ownAddresses : own,
    mtu:
      config.mtu === 'auto'
        ? await uplinkMtu(kernel.host, peers, nearRoutes, links)
        : { bytes: config.mtu, source: 'flock.yaml' },
    nearRoutes,
    leading: await leadingLinks(kernel, peers, links),
    facts: before !== undefined && isDeepStrictEqual(before.facts, now) ? before.facts : now,
  };
}

/**
 * Reads the links alone, which is all that changes when pods come and go.
 * @returns the new view, and whether a device of the host itself changed: then all of it must be read.
 */
export async function readLinks(
  kernel: Kernel,
  before: HostView,
): Promise<{ view: HostView; uplinksChanged: boolean }> {
  const links = byName(await kernel.host.links());
  if (links === before.links) return { view: before, uplinksChanged: false };
  return { view: { ...before, links }, uplinksChanged: !isDeepStrictEqual(uplinks(links), uplinks(before.links)) };
}

/**
 * Whether a pod's interface can carry packets. One without carrier cannot, and BIRD withdraws what leads through it by
 * itself (`check link`).
 */
export function isWired({ links }: Pick<HostView, 'links'>, hostInterface: string): boolean {
  const link = links.get(hostInterface);
  return link?.up === true && link.carrier;
}

/** Names of the links that lead to these peers; `lo` does not lead to a router. */
async function leadingLinks(
  kernel: Kernel,
  peers: readonly Address[],
  links: readonly Link[],
): Promise<ReadonlySet<string>> {
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const leading = new Set<string>();
  for (const peer of peers) {
    const way = await kernel.host.routeTo(peer);
    const name = way === undefined ? undefined : names.get(way.linkIndex);
    if (name !== undefined && name !== 'lo' && !isHostInterfaceName(name)) leading.add(name);
  }
  return leading;
}

const named = new WeakMap<readonly Link[], ReadonlyMap<string, Link>>();

/** The links by name; for the same list the same map. */
function byName(links: readonly Link[]): ReadonlyMap<string, Link> {
  const known = named.get(links);
  if (known !== undefined) return known;
  const map = new Map(links.map((link) => [link.name, link]));
  named.set(links, map);
  return map;
}

function uplinks(links: ReadonlyMap<string, Link>): Link[] {
  return [...links.values()].filter((link) => !isHostInterfaceName(link.name));
}

async function facts(
  kernel: Kernel,
  config: Config,
  routerId: Address | undefined,
  before: HostView | undefined,
  known: Required<KnownOfHost>,
): Promise<HostFacts | { error: string }> {
  const last = before === undefined || 'error' in before.facts ? undefined : before.facts;
  try {
    return await readHostFacts(kernel, config, { routerId, sourceAddresses: last?.sourceAddresses }, known);
  } catch (error) {
    return { error: errorText(error) };
  }
}
