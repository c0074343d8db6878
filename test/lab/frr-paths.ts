import { type BgpPath, jsonArray, jsonNumber, jsonObject, jsonString } from './bgp-path.ts';

/**
 * FRR's names of well-known communities (bgpd/bgp_community.c, set_community_string) and their numbers (IANA, "BGP
 * Well-known Communities"). One that is not here is an error: a test that needs it adds it.
 */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  gracefulShutdown: '65535:0',
  blackhole: '65535:666',
  noExport: '65535:65281',
  noAdvertise: '65535:65282',
  localAs: '65535:65283',
  noPeer: '65535:65284',
};

/**
 * The paths that bgpd has from neighbours, out of `show bgp ipv4|ipv6 unicast json detail`. Its own routes are left out.
 * @throws Error that names the prefix and shows what is not as expected
 */
export function frrPaths(table: unknown): BgpPath[] {
  const routes = jsonObject(jsonObject(table, 'the table').routes, 'routes');
  return Object.entries(routes).flatMap(([prefix, entries]) =>
    jsonArray(entries, prefix)
      .map((entry) => jsonObject(entry, prefix))
      // The first entry is about the prefix. A path of this router's own has a peer without a type.
      .filter((entry) => 'peer' in entry && 'type' in jsonObject(entry.peer, `${prefix}: peer`))
      .map((path) => frrPath(prefix, path)),
  );
}

function frrPath(prefix: string, path: Record<string, unknown>): BgpPath {
  const segments = jsonArray(jsonObject(path.aspath, `${prefix}: aspath`).segments, `${prefix}: segments`);
  return {
    prefix,
    neighbour: jsonString(jsonObject(path.peer, `${prefix}: peer`).peerId, `${prefix}: peerId`),
    nextHops: jsonArray(path.nexthops, `${prefix}: nexthops`).map((hop) =>
      jsonString(jsonObject(hop, `${prefix}: nexthop`).ip, `${prefix}: nexthop`),
    ),
    asPath: segments
      .flatMap((segment) => jsonArray(jsonObject(segment, `${prefix}: segment`).list, `${prefix}: segment`))
      .map(Number),
    communities: list(path.community, `${prefix}: community`).map(community),
    largeCommunities: list(path.largeCommunity, `${prefix}: largeCommunity`),
    med: jsonNumber(path.metric, `${prefix}: metric`),
    localPreference: jsonNumber(path.locPrf, `${prefix}: locPrf`),
  };
}

/** The `list` of an attribute that may be absent. */
function list(attribute: unknown, what: string): string[] {
  if (attribute === undefined) return [];
  return jsonArray(jsonObject(attribute, what).list, what).map((item) => jsonString(item, what));
}

function community(name: string): string {
  const numbers = /^\d+:\d+$/.test(name) ? name : WELL_KNOWN[name];
  if (numbers === undefined) throw new Error(`no well-known community that is known here: ${name}`);
  return numbers;
}
