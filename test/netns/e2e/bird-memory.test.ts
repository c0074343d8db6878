import { writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AddressJson, PodJson, StatusJson } from '../../../src/api/types.ts';
import { CLAIMABLE } from '../../lab/fabric.ts';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { healed, told } from '../problems.ts';
import { routedWorld } from './nodes.ts';

const FOUR = '192.0.2.53';
const SIX = '2001:db8:ffff::53';
const WEB = { name: 'web', ready: true, annotations: { anycast: `${FOUR},${SIX}` } };

describe.skipIf(!isRoot)('what BIRD has and whom it tells, as flockctl says it (needs root)', () => {
  const world = routedWorld('bird-memory');
  let pod: LabPod;

  beforeAll(async () => {
    pod = await world().node.runPod(WEB);
    await states('advertised', 'advertised');
  });

  afterEach(async () => {
    await states('advertised', 'advertised');
    await healed(world().node);
  });

  const addresses = async () => (await world().node.flockctlJson('addresses')) as AddressJson[];

  /** Waits until the addresses are shown so, IPv4 first: their reasons, or `advertised`. */
  async function states(...expected: string[]): Promise<void> {
    await eventually(
      async () => {
        const shown = (await addresses()).map(({ state, reason }) => reason || state);
        return shown.join() === expected.join() || Promise.reject(new Error(shown.join()));
      },
      `the addresses are ${expected.join()}`,
      20_000,
    );
  }

  /** Lines of the log with this event, as they were written. */
  const logged = (event: string) =>
    world()
      .node.daemon.stderr()
      .split('\n')
      .filter((line) => line.includes(`"event":"${event}"`))
      .map((line) => JSON.parse(line) as { address?: string; reason?: string; ms: number; msg: string });

  const hostRoute = async () => (await world().node.namespace.exec(['ip', 'route', 'show', FOUR])).stdout;

  it('tells that no router is told when all sessions are down, and of the sessions, and keeps route and announcement', async () => {
    const { node, router } = world();
    await router.bird.stop();
    await states('noPeer', 'noPeer');
    const [first] = await addresses();
    expect(first).toMatchObject({
      state: 'withheld',
      message: expect.stringContaining('no established session carries IPv4'),
    });
    expect(first?.nextHops).toHaveLength(1);
    expect(
      await told(node, 'sessionDown', 'session tor with 10.0.1.254', 'not established since', 'last error: '),
    ).toBeDefined();
    await told(node, 'noPeer', FOUR);
    await told(node, 'noPeer', SIX);
    expect(await node.flockctl(['status'])).toContain('0 advertised, 2 withheld');
    expect(await hostRoute()).toContain(pod.ip4);
    expect(await node.birdc('show route protocol flock_announce4')).toContain(FOUR);
    await router.bird.start();
    await states('advertised', 'advertised');
    expect(logged('sessionDown').at(-1)?.msg).toMatch(/^session tor with 10\.0\.1\.254 is down: /);
    await eventually(() => logged('sessionUp').length >= 2, 'the log has the session');
  });

  it('tells of a session that somebody has disabled', async () => {
    const { node } = world();
    await node.birdc('disable tor');
    await states('noPeer', 'noPeer');
    await told(node, 'sessionDown', 'disabled since', 'birdc enable tor');
    await node.birdc('enable tor');
  });

  it('tells of a protocol of the announcements that somebody has disabled', async () => {
    const { node } = world();
    await node.birdc('disable flock_announce4');
    await states('notInBird', 'advertised');
    await told(node, 'notInBird', FOUR, 'birdc enable flock_announce4');
    await node.birdc('enable flock_announce4');
  });

  it('takes back what somebody else has put in force', async () => {
    const { node } = world();
    const other = node.path('bird', 'other.conf');
    await writeFile(other, 'log stderr all;\nrouter id 10.0.1.1;\nprotocol device {}\n', { mode: 0o644 });
    await node.birdc(`configure "${other}"`);
    await eventually(
      async () => (await node.birdc('show protocols')).includes('Established'),
      'the session is back',
      20_000,
    );
  });

  it('waits for the undo timer of somebody else, and says what BIRD lacks meanwhile', async () => {
    const { node } = world();
    await node.birdc(`configure "${node.path('bird', 'other.conf')}" timeout 12`);
    await states('notInBird', 'notInBird');
    await told(node, 'notInBird', FOUR, 'without the protocol flock_announce4');
  });

  it('tells that BIRD was started with another file, and names both, also after a restart of flockd', async () => {
    const { node, lab } = world();
    const other = node.path('bird', 'other.conf');
    await node.bird.stop();
    const stranger = lab.spawn(node.namespace, ['bird', '-f', '-c', other, '-s', node.path('bird', 'bird.ctl')]);
    try {
      await states('notInBird', 'notInBird');
      await told(node, 'birdUnavailable', other, node.path('bird', 'bird.conf'));
      await told(node, 'sessionDown', 'BIRD has not had it');
      await node.stopDaemon();
      await node.startDaemon();
      await states('notInBird', 'notInBird');
      await told(node, 'birdUnavailable', other);
    } finally {
      await stranger.stop();
    }
    await states('birdUnavailable', 'birdUnavailable');
    await node.bird.start();
  });

  it('tells of an address that the export filter keeps from every router', async () => {
    const { node } = world();
    const partial = node.path('templates', 'partials', 'export-extra.hbs');
    await node.namespace.exec(['mkdir', '-p', node.path('templates', 'partials')]);
    await writeFile(partial, `	if net = ${FOUR}/32 then reject;\n`);
    await eventually(async () => (await status()).bird.change?.state === 'undone', 'it is undone');
    await node.flockctl(['apply', '--withdraw']);
    await states('noPeer', 'advertised');
    await told(node, 'noPeer', FOUR, 'exports it over none of its sessions (tor)', `birdc show route all ${FOUR}/32`);
    await node.namespace.exec(['rm', partial]);
  });

  const status = async () => (await world().node.flockctlJson('status')) as StatusJson;

  it('tells of a claim that the configuration has come to refuse, with the same reason for pod and address', async () => {
    const { node } = world();
    await node.configure({ advertise: { allow: [{ prefixes: [CLAIMABLE[1]], namespaces: ['*'] }] } });
    await states('notAllowed', 'advertised');
    await told(node, 'notAllowed', 'pod default/web', FOUR, 'advertise.allow');
    expect(await node.flockctl(['addresses', '--wide'])).toMatch(/WHY\n192\.0\.2\.53 .*notAllowed.* is refused: /);
    await node.configure({ advertise: { allow: [{ prefixes: CLAIMABLE, namespaces: ['*'] }] } });
  });

  it('names one reason for a pod and its addresses, with the sentence, and logs each change with its time', async () => {
    const { node } = world();
    const before = logged('withdrawn').length;
    await node.writePod(podManifest({ ...WEB, ready: false }));
    await states('notReady', 'notReady');
    const [shown] = (await node.flockctlJson('pods')) as PodJson[];
    const said = (await addresses()).map(({ reason, message }) => [reason, message]);
    expect(new Set([...said, [shown?.reason, shown?.message]].map(String)).size).toBe(1);
    expect(shown?.message).toContain('the Ready condition is False');
    expect(await node.flockctl(['pods', '--wide'])).toContain('the Ready condition is False');
    await node.writePod(podManifest(WEB));
    await states('advertised', 'advertised');
    const lines = await eventually(() => {
      const news = logged('withdrawn').slice(before);
      return news.length === 2 && news;
    }, 'both withdrawals are logged');
    expect(lines.map(({ address, reason }) => `${address} ${reason}`)).toEqual([`${FOUR} notReady`, `${SIX} notReady`]);
    for (const { ms } of lines) expect(ms).toBeGreaterThan(0);
    expect(logged('announced').at(-1)?.msg).toMatch(
      /^2001:db8:ffff::53 is announced through default\/web, no longer notReady; BIRD has accepted that after [\d.]+ ms$/,
    );
    expect(logged('podReady').at(-1)?.msg).toBe('pod default/web is ready');
    expect(logged('podAdded')).toHaveLength(0);
  });
});
