import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BgpPath } from '../../lab/bgp-path.ts';
import { eventually, isRoot, type Lab, type Namespace } from '../../lab/lab.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { expectedPaths, sorted } from './expected-paths.ts';
import { defaultRoutes, establishedSessions, linkLocalAddress, routesFrom } from './node-side.ts';
import {
  ALL,
  DNS,
  type Family,
  hostPrefix,
  NODE_ASN,
  OFFERED,
  SESSIONS,
  type Session,
  WEB,
  WITHOUT_DNS,
} from './plan.ts';
import { type ForeignRouter, interopWorld, peers, settled, type World } from './world.ts';

/** By when flockd has looked at BIRD's sessions again, and woken it, in milliseconds: it does so every two seconds. */
const WOKEN_MS = 2_500;

/** A kind of router, and what it does in its own way. */
export interface RouterKind<R extends ForeignRouter> {
  readonly name: string;
  /** Whether its programs are here. */
  readonly installed: boolean;
  start(lab: Lab, namespace: Namespace): Promise<R>;
  /** Whether it shows the link-local next hop that comes with a global one (RFC 2545, 3). */
  readonly showsLinkLocal: boolean;
  /** The families whose routes from this router a node can use, over one session. */
  usable(session: Session): Family[];
}

/**
 * What a node and its router must see of each other, whatever kind the router is of.
 * @param more tests for this kind alone
 */
export function announcingTo<R extends ForeignRouter>(
  kind: RouterKind<R>,
  more: (world: () => World<R>) => void,
): void {
  describe.skipIf(!isRoot || !kind.installed)(
    `a node whose router is ${kind.name} (needs root and ${kind.name})`,
    () => {
      const world = interopWorld(`interop-${kind.name}`, kind.start);

      /** The first `count` prefixes of each usable family that the router offers over a session, in the order of text. */
      const offered = (session: Session, count: number): string[] =>
        kind
          .usable(session)
          .flatMap((family) => OFFERED[family].slice(0, count))
          .sort();

      it('pools and addresses of ready pods arrive as sent, in both families, over every kind of session', async () => {
        const { router, node } = world();
        const paths = await settled(router, ALL);
        const linkLocal = kind.showsLinkLocal ? await linkLocalAddress(node) : undefined;
        expect(sorted(paths)).toEqual(sorted(expectedPaths(linkLocal)));
      });

      it('an address goes when its pod is unready, comes back with it, and everything else stays', async () => {
        const { router, node, dns } = world();
        const before = await settled(router, ALL);
        const since = await establishedSessions(node);
        await node.writePod(podManifest({ ...dns.spec, ready: false }));
        const kept = (path: BgpPath): boolean => WITHOUT_DNS.includes(path.prefix);
        expect(sorted(await settled(router, WITHOUT_DNS))).toEqual(sorted(before.filter(kept)));
        await node.writePod(podManifest({ ...dns.spec, ready: true }));
        expect(sorted(await settled(router, ALL))).toEqual(sorted(before));
        expect(await establishedSessions(node)).toEqual(since);
      });

      it('the node takes the default route and nothing else, over every session that carries it', async () => {
        const { node } = world();
        await eventually(async () => {
          for (const session of SESSIONS)
            expect(await routesFrom(node, session.name), session.name).toEqual(offered(session, 1));
          return true;
        }, 'the default routes of every session');
        expect(await defaultRoutes(node)).toEqual([true, true]);
      });

      it('with import: all it takes all but its own networks and pools, and no more than the limit', async () => {
        const { lab, node } = world();
        const since = await establishedSessions(node);
        const [limited, unlimited] = ['only4', 'six'];
        const more = { [limited]: { import: 'all', importLimit: 2 }, [unlimited]: { import: 'all' } };
        await node.configure({ bgp: { asn: NODE_ASN, peers: peers(lab, more) } });
        const wanted = SESSIONS.filter(({ name }) => name === unlimited).flatMap((session) => offered(session, 3));
        const claimed = [...DNS, ...WEB].map(hostPrefix);
        await eventually(async () => {
          // A router may give back what it has over the internal session, where our AS is not in the path.
          const taken = (await routesFrom(node, unlimited)).filter((prefix) => !claimed.includes(prefix));
          expect(taken).toEqual(wanted);
          expect(await routesFrom(node, limited)).toHaveLength(2);
          return true;
        }, 'two routes of one session, and all of the other');
        await node.configure({ bgp: { asn: NODE_ASN, peers: peers(lab) } });
        await eventually(
          async () => (await routesFrom(node, unlimited)).every((prefix) => prefix.endsWith('/0')),
          'the default routes alone are left',
        );
        expect(await establishedSessions(node)).toEqual(since);
      });

      it('a router that restarts or crashes has everything again by itself', async () => {
        const { router } = world();
        const before = await settled(router, ALL);
        await router.restart('SIGTERM');
        expect(sorted(await settled(router, ALL, 40_000))).toEqual(sorted(before));
        await router.restart('SIGKILL');
        expect(sorted(await settled(router, ALL, 40_000))).toEqual(sorted(before));
      });

      it('so has one whose node has lost its BIRD, and nothing moves when flockd restarts', async () => {
        const { router, node } = world();
        const before = await settled(router, ALL);
        const bfdUp = async () => (await node.birdc('show bfd sessions')).match(/ Up /g)?.length ?? 0;
        // None where the router has no BFD.
        const bfdSessions = await bfdUp();
        await node.bird.stop('SIGKILL');
        await node.bird.start();
        await eventually(
          async () => (await establishedSessions(node)).length === SESSIONS.length,
          'all sessions are up',
          40_000,
        );
        // The router's BFD gives up the session with the BIRD before only now, and the one of BGP with it.
        await eventually(async () => (await bfdUp()) >= bfdSessions, 'BFD is up as before');
        // A BIRD 2.0.12 may sit on UPDATEs of new sessions until flockd has woken it.
        await pause(WOKEN_MS);
        expect(sorted(await settled(router, ALL, 40_000))).toEqual(sorted(before));
        const since = await establishedSessions(node);
        expect(since).toHaveLength(SESSIONS.length);
        expect(await node.stopDaemon()).toBe(0);
        expect(sorted(await router.paths())).toEqual(sorted(before));
        await node.startDaemon();
        expect(sorted(await settled(router, ALL))).toEqual(sorted(before));
        expect(await establishedSessions(node)).toEqual(since);
      });

      more(world);

      it('the addresses of a deleted pod go for good', async () => {
        const { router, node, dns } = world();
        await settled(router, ALL);
        await node.endPod(dns);
        await settled(router, WITHOUT_DNS);
        expect(await readFile(node.path('bird', 'flock-announcements.conf'), 'utf8')).not.toContain('192.0.2.53');
      });
    },
  );
}
