import { readFile, rename, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../lab/lab.ts';
import type { FlockNode } from '../lab/node.ts';
import { podManifest } from '../lab/pod-manifest.ts';
import { routedWorld } from './e2e/nodes.ts';
import { healed, told } from './problems.ts';

const POD = { name: 'web', annotations: { anycast: '192.0.2.53' } };

/** What an operator makes of flockd's bird.conf: the same protocols, under the same names. */
const OPERATORS = `
log stderr { warning, error, fatal, bug };
router id 10.0.1.1;
timeformat protocol iso long;
protocol device device1 { scan time 10; }
include "flock.conf";
protocol kernel kernel4 {
	scan time 30;
	netlink rx buffer 8388608;
	merge paths on;
	ipv4 { import none; export filter flock_kernel4; };
}
protocol kernel kernel6 {
	scan time 30;
	merge paths on;
	ipv6 { import none; export filter flock_kernel6; };
}
`;

function setMode(node: FlockNode, mode: 'own' | 'include'): Promise<void> {
  const { socket, config, templates } = node.config.bird as Record<string, string>;
  return node.configure({ bird: { socket, config, templates, mode } });
}

describe.skipIf(!isRoot)('a change of bird.mode while flockd runs (needs root)', () => {
  const world = routedWorld('bird-mode');
  const file = (name: string): Promise<string> => readFile(world().node.path('bird', name), 'utf8');

  /** The lines of both ends about the session: state, and since when. */
  async function session(): Promise<string> {
    const { node, router } = world();
    const lines = await Promise.all([node.birdc('show protocols tor'), router.birdc('show protocols node1')]);
    for (const text of lines) expect(text).toContain('Established');
    return lines.join('');
  }

  async function setReady(ready: boolean): Promise<void> {
    const { node, router } = world();
    await node.writePod(podManifest({ ...POD, ready }));
    await eventually(
      async () => (await router.nextHops('192.0.2.53')).length === (ready ? 1 : 0),
      `the router ${ready ? 'has' : 'does not have'} 192.0.2.53`,
    );
  }

  it("to include leaves flockd's bird.conf in force and says so, and announcements come and go under it", async () => {
    const { node } = world();
    await node.runPod({ ...POD, ready: true });
    const before = { session: await session(), main: await file('bird.conf') };
    await setMode(node, 'include');
    await told(node, 'notIncluded', "bird.conf is still flockd's own", 'put your file in its place');
    await setReady(false);
    await setReady(true);
    expect(await file('flock.conf')).toContain('protocol bgp tor from flock_peer');
    expect({ session: await session(), main: await file('bird.conf') }).toEqual(before);
  });

  it('is complete when the operator has put a file in its place, without a reset of the session', async () => {
    const { node } = world();
    const before = await session();
    await writeFile(node.path('bird', '.mine'), OPERATORS);
    await rename(node.path('bird', '.mine'), node.path('bird', 'bird.conf'));
    await healed(node);
    await setReady(false);
    await setReady(true);
    expect(await file('bird.conf')).toBe(OPERATORS);
    expect(await session()).toBe(before);
    expect(await node.birdc('show protocols')).toContain('kernel4');
  });

  it('back to own keeps the file of the operator, and the session', async () => {
    const { node } = world();
    const before = await session();
    await setMode(node, 'own');
    await eventually(async () => (await file('bird.conf')) !== OPERATORS, 'flockd writes bird.conf');
    await healed(node);
    expect(await file('bird.conf.before-flock')).toContain('router id 192.0.2.254;');
    expect(await file('bird.conf.before-flock.1')).toBe(OPERATORS);
    await setReady(false);
    await setReady(true);
    expect(await session()).toBe(before);
  });
});
