import type { BgpPath } from '../../lab/bgp-path.ts';
import {
  ALL,
  COMMUNITIES,
  carried,
  familyOf,
  LARGE_COMMUNITIES,
  MARKS,
  NODE_ASN,
  SESSIONS,
  type Session,
} from './plan.ts';

type Attributes = Omit<BgpPath, 'prefix' | 'neighbour' | 'nextHops'>;

const PLAIN: Attributes = {
  asPath: [NODE_ASN],
  communities: [],
  largeCommunities: [],
  med: undefined,
  localPreference: undefined,
};

/** What the routes of a session carry, by its name; of all others: {@link PLAIN}. */
const ATTRIBUTES: Record<string, Attributes> = {
  four: {
    ...PLAIN,
    asPath: [NODE_ASN, NODE_ASN, NODE_ASN],
    communities: COMMUNITIES,
    largeCommunities: LARGE_COMMUNITIES,
    med: 50,
  },
  inner: { asPath: [], communities: ['64600:7'], largeCommunities: ['64600:1:7'], med: 70, localPreference: 250 },
};

/**
 * Every path that a router has from the node when all pods are ready.
 * @param linkLocal the node's link-local address, for a router that shows it beside a global IPv6 next hop (RFC 2545, 3)
 */
export function expectedPaths(linkLocal: string | undefined): BgpPath[] {
  return SESSIONS.flatMap((session) =>
    carried(session, ALL).map((prefix): BgpPath => {
      const attributes = ATTRIBUTES[session.name] ?? PLAIN;
      const hop = nextHop(session, prefix);
      return {
        ...attributes,
        prefix,
        neighbour: session.node,
        nextHops: linkLocal !== undefined && familyOf(hop) === 'ipv6' ? [hop, linkLocal] : [hop],
        communities: [...(MARKS.communities[prefix] ?? []), ...attributes.communities],
        largeCommunities: [...(MARKS.largeCommunities[prefix] ?? []), ...attributes.largeCommunities],
      };
    }),
  );
}

/** The next hop of a session's routes: its own address, or the link's first one of the other family. */
function nextHop(session: Session, prefix: string): string {
  const family = familyOf(prefix);
  if (familyOf(session.node) === family) return session.node;
  return family === 'ipv6' ? '2001:db8:0:1::1' : '10.0.1.1';
}

/** Paths in an order that does not depend on who came first. */
export function sorted(paths: readonly BgpPath[]): BgpPath[] {
  const key = (path: BgpPath): string => `${path.neighbour} ${path.prefix}`;
  return [...paths].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
