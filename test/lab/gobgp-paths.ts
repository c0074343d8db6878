import { type BgpPath, jsonArray, jsonNumber, jsonObject, jsonString } from './bgp-path.ts';

/** Type codes of path attributes (IANA, "BGP Path Attributes"). */
const AS_PATH = 2;
const NEXT_HOP = 3;
const MULTI_EXIT_DISC = 4;
const LOCAL_PREF = 5;
const COMMUNITIES = 8;
const MP_REACH_NLRI = 14;
const LARGE_COMMUNITY = 32;

/**
 * The paths that gobgpd has from neighbours, out of `gobgp global rib -a ipv4|ipv6 --json`. Its own routes are left out.
 * @throws Error that names the prefix and shows what is not as expected
 */
export function gobgpPaths(table: unknown): BgpPath[] {
  return Object.entries(jsonObject(table, 'the table')).flatMap(([prefix, paths]) =>
    jsonArray(paths, prefix)
      .map((path) => jsonObject(path, prefix))
      .filter((path) => 'neighbor-ip' in path)
      .map((path) => gobgpPath(prefix, path)),
  );
}

function gobgpPath(prefix: string, path: Record<string, unknown>): BgpPath {
  const attributes = new Map<unknown, Record<string, unknown>>();
  for (const entry of jsonArray(path.attrs, `${prefix}: attrs`)) {
    const attribute = jsonObject(entry, `${prefix}: attribute`);
    attributes.set(attribute.type, attribute);
  }
  const hop = attributes.get(NEXT_HOP) ?? attributes.get(MP_REACH_NLRI);
  return {
    prefix,
    neighbour: jsonString(path['neighbor-ip'], `${prefix}: neighbor-ip`),
    nextHops: [jsonString(hop?.nexthop, `${prefix}: nexthop`)],
    asPath: jsonArray(attributes.get(AS_PATH)?.as_paths, `${prefix}: as_paths`)
      .flatMap((segment) => jsonArray(jsonObject(segment, `${prefix}: segment`).asns, `${prefix}: asns`))
      .map(Number),
    communities: jsonArray(attributes.get(COMMUNITIES)?.communities, `${prefix}: communities`).map((value) =>
      community(Number(value)),
    ),
    largeCommunities: jsonArray(attributes.get(LARGE_COMMUNITY)?.value, `${prefix}: large communities`).map((value) => {
      const { ASN, LocalData1, LocalData2 } = jsonObject(value, `${prefix}: large community`);
      return `${ASN}:${LocalData1}:${LocalData2}`;
    }),
    med: jsonNumber(attributes.get(MULTI_EXIT_DISC)?.metric, `${prefix}: metric`),
    localPreference: jsonNumber(attributes.get(LOCAL_PREF)?.value, `${prefix}: local preference`),
  };
}

/** A community out of its 32 bits (RFC 1997). */
function community(value: number): string {
  return `${Math.floor(value / 65_536)}:${value % 65_536}`;
}
