import { expect, it } from 'vitest';
import { hasGobgp } from '../../lab/gobgp.ts';
import { announcingTo } from './announcing.ts';
import { sorted } from './expected-paths.ts';
import { GobgpRouter } from './gobgp-router.ts';
import { establishedSessions } from './node-side.ts';
import { ALL, familyOf, SESSIONS } from './plan.ts';
import { settled } from './world.ts';

announcingTo(
  {
    name: 'GoBGP',
    installed: hasGobgp,
    start: (lab, namespace) => GobgpRouter.start(lab, namespace),
    showsLinkLocal: false,
    // Over a session of one family it gives routes of the other a next hop that BIRD cannot use.
    usable: ({ node, families }) => families.filter((family) => family === familyOf(node)),
  },
  (world) => {
    it('a soft reset by the operator of the router changes nothing', async () => {
      const { router, node } = world();
      const before = await settled(router, ALL);
      const since = await establishedSessions(node);
      for (const session of SESSIONS) await router.gobgpd.gobgp('neighbor', session.node, 'softresetin');
      expect(sorted(await router.paths())).toEqual(sorted(before));
      expect(await establishedSessions(node)).toEqual(since);
    });
  },
);
