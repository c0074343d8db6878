/** What is agreed between the node, the router and the tests: sessions, addresses, and what each route carries. */

export const ROUTER_ASN = 64600;
export const NODE_ASN = 64601;

export type Family = 'ipv4' | 'ipv6';

export interface Session {
  /** Name of the peer in flock.yaml. */
  name: string;
  /** The router's end. */
  router: string;
  /** The node's end. */
  node: string;
  families: Family[];
  /** Towards this router the node is in the router's own AS. */
  internal?: true;
  /** MD5 on both sides. */
  password?: string;
  /** GTSM on both sides. */
  ttlSecurity?: true;
  bfd?: true;
  gracefulRestart?: 'aware';
  /** The peer's key `export`. */
  export?: Record<string, unknown>;
}

/**
 * What the routes of the session `four` carry. All lists here are in ascending order, those of the session `inner` and of
 * {@link MARKS} before these: so they look alike on a router that sorts and on one that does not.
 */
export const COMMUNITIES = ['64600:100', '64600:65535', '65000:65535', '65535:65281'];
export const LARGE_COMMUNITIES = ['64600:1:100', '64600:1:101', '4294967294:0:4294967295'];

/** Of the session `only4`. FRR takes no blanks in one. */
export const PASSWORD = "right;it's{a}#secret";

/**
 * FRR 8.4 answers no request for a route refresh over a session with enhanced route refresh and without graceful restart
 * (issue 16126 of FRR): where the tests change what a node imports, they need this.
 */
const ANSWERS_REFRESH = { gracefulRestart: 'aware' } as const;

const BOTH: Family[] = ['ipv4', 'ipv6'];

/**
 * Sessions between the node and the router, all over one link: both families over IPv4, and over IPv6; each family over a
 * session of its own; and an internal one.
 */
export const SESSIONS: readonly Session[] = [
  {
    name: 'four',
    router: '10.0.1.254',
    node: '10.0.1.1',
    families: BOTH,
    bfd: true,
    export: { communities: COMMUNITIES, largeCommunities: LARGE_COMMUNITIES, med: 50, prepend: 2 },
  },
  { name: 'six', router: '2001:db8:0:1::fe', node: '2001:db8:0:1::1', families: BOTH, ...ANSWERS_REFRESH },
  {
    name: 'only4',
    router: '10.0.1.253',
    node: '10.0.1.2',
    families: ['ipv4'],
    password: PASSWORD,
    ...ANSWERS_REFRESH,
  },
  { name: 'only6', router: '2001:db8:0:1::fd', node: '2001:db8:0:1::2', families: ['ipv6'], ttlSecurity: true },
  {
    name: 'inner',
    router: '10.0.1.252',
    node: '10.0.1.3',
    families: BOTH,
    internal: true,
    export: { localPreference: 250, communities: ['64600:7'], largeCommunities: ['64600:1:7'], med: 70 },
  },
];

/** What the router offers: a default route, which a node takes; two that it takes when told; two that it never takes. */
export const OFFERED: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['0.0.0.0/0', '203.0.113.0/24', '198.51.100.0/24', '10.0.1.128/25', '10.1.1.128/25'],
  ipv6: ['::/0', '2001:db8:cafe::/48', '2001:db8:beef::/48', '2001:db8:0:1:8000::/65', '2001:db8:1:1:8000::/65'],
};

export const POOLS = { ipv4: '10.1.1.0/24', ipv6: '2001:db8:1:1::/64' };

/** What the pod `dns` claims, which the tests let come and go. */
export const DNS: readonly [string, string] = ['192.0.2.53', '2001:db8:ffff::53'];
/** What the pod `web` claims, which stays. */
export const WEB: readonly [string, string] = ['192.0.2.80', '2001:db8:ffff::80'];

/** The communities of the pod `web`: its annotation, and what it puts on the route of each prefix. */
export const MARKS = {
  annotation: `64600:5, 64600:1:5, ${WEB[0]}=64600:6, ${WEB[1]}=64600:1:6`,
  communities: { [hostPrefix(WEB[0])]: ['64600:5', '64600:6'], [hostPrefix(WEB[1])]: ['64600:5'] },
  largeCommunities: { [hostPrefix(WEB[0])]: ['64600:1:5'], [hostPrefix(WEB[1])]: ['64600:1:5', '64600:1:6'] },
};

/** What pods may do: the rule of `advertise.allow`. */
export const ALLOWED = {
  prefixes: ['192.0.2.0/24', '2001:db8:ffff::/48'],
  namespaces: ['*'],
  communities: ['64600:*', '64600:1:*'],
};

/** Everything that the node announces when all pods are ready. */
export const ALL: readonly string[] = [...Object.values(POOLS), ...[...DNS, ...WEB].map(hostPrefix)].sort();

/** The same without what `dns` claims. */
export const WITHOUT_DNS: readonly string[] = ALL.filter((prefix) => !DNS.map(hostPrefix).includes(prefix));

/** The address family of an address or a prefix. */
export function familyOf(text: string): Family {
  return text.includes(':') ? 'ipv6' : 'ipv4';
}

/** An address as the prefix that is announced for it. */
export function hostPrefix(address: string): string {
  return `${address}/${familyOf(address) === 'ipv6' ? 128 : 32}`;
}

/** The prefixes of a list that a session carries. */
export function carried(session: Session, prefixes: readonly string[]): string[] {
  return prefixes.filter((prefix) => session.families.includes(familyOf(prefix)));
}
