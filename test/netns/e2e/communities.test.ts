import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { AddressJson, PodJson, StatusJson } from '../../../src/api/types.ts';
import { nodePlan, ROUTER_ASN } from '../../lab/fabric.ts';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { type PodSpec, podManifest } from '../../lab/pod-manifest.ts';
import { failureOf } from './calls.ts';
import { routedWorld, sandbox } from './nodes.ts';

const PLAN = nodePlan(1);
const SERVICE = ['192.0.2.53', '2001:db8:ffff::53'];
/** What the peer's `export` adds to every route. */
const OF_PEER = ['64601:1', '64601:1:1'];
const CLAIMS = { anycast: SERVICE.join() };

const allow = (...communities: string[]): object => ({
  allow: [
    { prefixes: ['192.0.2.0/24', '2001:db8:ffff::/48'], namespaces: ['default'], communities },
    { prefixes: ['192.0.2.0/24'], namespaces: ['plain'] },
  ],
});
const ALLOWED = allow('64600:*', '65535:65281', '64600:1:*');

describe.skipIf(!isRoot)('a pod with communities, from its annotation to the router (needs root)', () => {
  const world = routedWorld('communities', {
    advertise: ALLOWED,
    bgp: {
      asn: PLAN.asn,
      peers: [
        {
          ...{ name: 'tor', address: PLAN.routerAddress, asn: ROUTER_ASN, families: ['ipv4', 'ipv6'] },
          export: { communities: OF_PEER.slice(0, 1), largeCommunities: OF_PEER.slice(1) },
        },
      ],
    },
  });
  const running: LabPod[] = [];
  afterEach(async () => {
    for (const pod of running.splice(0)) await world().node.endPod(pod);
  });

  async function run(spec: PodSpec): Promise<LabPod> {
    const pod = await world().node.runPod(spec);
    running.push(pod);
    return pod;
  }

  /** Communities of both kinds on the router's route, as the annotation writes them; undefined: it has no route. */
  async function seen(address: string): Promise<string[] | undefined> {
    const text = await world().router.birdc('show route protocol node1 all');
    // A route begins at the beginning of a line, and its attributes are set in.
    const route = text.split(/\n(?=[0-9a-f])/).find((one) => one.startsWith(`${address}/`));
    if (route === undefined) return undefined;
    return [...route.matchAll(/BGP\.(?:large_)?community: (.*)/g)].flatMap(([, value = '']) =>
      [...value.matchAll(/\(([^)]*)\)/g)].map(([, numbers = '']) => numbers.replaceAll(/, ?/g, ':')),
    );
  }

  /** Waits until the router has the address with exactly these and with what the peer adds to all. */
  async function arriveAt(address: string, ...communities: string[]): Promise<void> {
    const wanted = [...communities, ...OF_PEER].sort().join(' ');
    await eventually(async () => {
      const found = (await seen(address))?.sort().join(' ') ?? 'no route';
      return found === wanted || Promise.reject(new Error(`${address} has ${found}`));
    }, `the router has ${address} with ${wanted}`);
  }

  /** The same of the service in both families. */
  async function arrive(...communities: string[]): Promise<void> {
    for (const address of SERVICE) await arriveAt(address, ...communities);
  }

  async function gone(): Promise<void> {
    for (const address of SERVICE) {
      await eventually(async () => (await seen(address)) === undefined, `the router has no ${address}`);
    }
  }

  const addresses = async () => (await world().node.flockctlJson('addresses')) as AddressJson[];
  const problems = async () => ((await world().node.flockctlJson('status')) as StatusJson).problems;
  const sessionSince = async (): Promise<string> =>
    (await world().node.birdc('show protocols')).split('\n').find((line) => line.includes('Established')) ?? 'down';

  it('is announced with them in both families, beside what the peer adds, and withdrawn with them', async () => {
    const { node } = world();
    const since = await sessionSince();
    const spec = {
      ...{ name: 'web', ready: true },
      annotations: { ...CLAIMS, communities: '64600:100, 64600:1:100, 65535:65281, 192.0.2.53/32=64600:1:4' },
    };
    await run(spec);
    await arriveAt('192.0.2.53', '64600:100', '65535:65281', '64600:1:4', '64600:1:100');
    await arriveAt('2001:db8:ffff::53', '64600:100', '65535:65281', '64600:1:100');
    expect(await addresses()).toMatchObject([
      {
        state: 'advertised',
        communities: ['64600:100', '65535:65281'],
        largeCommunities: ['64600:1:4', '64600:1:100'],
      },
      { state: 'advertised', communities: ['64600:100', '65535:65281'], largeCommunities: ['64600:1:100'] },
    ]);
    const [pod] = (await node.flockctlJson('pods')) as PodJson[];
    expect(pod?.communities).toEqual(['64600:100', '64600:1:100', '65535:65281', '192.0.2.53=64600:1:4']);
    expect(await node.flockctl(['addresses'])).toMatch(
      /NEXT HOPS +COMMUNITIES +PODS\n.* 64600:100,65535:65281,64600:1:4/,
    );
    await node.writePod(podManifest({ ...spec, ready: false }));
    await gone();
    expect(await addresses()).toMatchObject([
      { reason: 'notReady', communities: [], largeCommunities: [] },
      { reason: 'notReady', communities: [], largeCommunities: [] },
    ]);
    expect(await node.flockctl(['addresses'])).not.toContain('COMMUNITIES');
    expect(await sessionSince()).toBe(since);
  });

  it.each([
    ['64600', 102, /must be a community such as 64600:100/],
    ['64600:0100', 102, /leading zeros/],
    ['70000:1', 102, /large community/],
    ['64600:1)); bgp_med = 1; #', 102, /must be a community/],
    ['64600:1\n64600:2', 102, /must be a community/],
    ['192.0.2.54=64600:1', 102, /192\.0\.2\.54, which the pod does not claim/],
    [
      '64700:1',
      101,
      /64700:1 on 192\.0\.2\.53 is refused: .* for "default" allow 64600:\*, 65535:65281, 64600:1:\* only/,
    ],
    ['64600:2:1', 101, /64600:2:1 on 192\.0\.2\.53 is refused/],
    ['2001:db8:ffff::53=65535:65282', 101, /65535:65282 on 2001:db8:ffff::53 is refused/],
  ])('that may not be, %j, fail ADD with %i, with annotation, value and rule', async (communities, code, rule) => {
    const { lab, node } = world();
    const spec = { name: `bad${code}`, annotations: { ...CLAIMS, communities } };
    const inside = await sandbox(lab, `bad${code}`);
    const request = { containerId: spec.name, netns: inside.path, args: `K8S_POD_NAME=${spec.name}` };
    const failure = await failureOf(node.add({ ...request, podManifest: podManifest(spec) }));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(/flock\.fritzlab\.net\/communities/);
    expect(failure.message).toMatch(rule);
    expect(failure.message).not.toMatch(/\n/);
    expect(JSON.parse(await readFile(node.path('state', 'allocations.json'), 'utf8')).allocations).toEqual([]);
    await node.removePod(spec);
    lab.deleteNamespace(inside);
  });

  it('of a namespace whose rule has none are refused; without a claim they are reported and fail nothing', async () => {
    const { lab, node } = world();
    const spec = { name: 'plain', namespace: 'plain', annotations: { anycast: '192.0.2.60', communities: '64600:1' } };
    const inside = await sandbox(lab, 'plain');
    const args = 'K8S_POD_NAMESPACE=plain;K8S_POD_NAME=plain';
    const failure = await failureOf(
      node.add({ containerId: 'plain', netns: inside.path, args, podManifest: podManifest(spec) }),
    );
    expect(failure.message).toMatch(/for "plain" allow no communities/);
    await node.removePod(spec);
    await run({ name: 'idle', annotations: { communities: '64600:1' } });
    await eventually(
      async () => (await problems()).some(({ message }) => message.includes('communities has no effect')),
      'status reports the annotation',
    );
  });

  it('edited later wait for the next ADD, and status says so', async () => {
    const { node } = world();
    const spec = { name: 'edited', annotations: { ...CLAIMS, communities: '64600:100' } };
    await run(spec);
    await arrive('64600:100');
    await node.writePod(podManifest({ ...spec, annotations: { ...CLAIMS, communities: '64600:200' } }));
    await eventually(
      async () =>
        (await problems()).some(
          ({ code, message }) => code === 'annotationPending' && message.includes('communities asks for 64600:200'),
        ),
      'status has the edit as pending',
    );
    await arrive('64600:100');
  });

  it('of two pods on one node are all announced, and those of the one that is not ready are not', async () => {
    const { node } = world();
    await run({ name: 'one', annotations: { ...CLAIMS, communities: '64600:100, 64600:1:1' } });
    const two = { name: 'two', ready: true, annotations: { ...CLAIMS, communities: '64600:100, 64600:200' } };
    await run(two);
    await arrive('64600:100', '64600:200', '64600:1:1');
    await node.writePod(podManifest({ ...two, ready: false }));
    await arrive('64600:100', '64600:1:1');
    await node.writePod(podManifest(two));
    await arrive('64600:100', '64600:200', '64600:1:1');
  });

  it('that the configuration does not allow any more withhold the address, until it does', async () => {
    const { node } = world();
    const since = await sessionSince();
    await run({ name: 'ruled', annotations: { ...CLAIMS, communities: '64600:100, 64600:1:1' } });
    await arrive('64600:100', '64600:1:1');
    await node.configure({ advertise: allow('64600:100') });
    await gone();
    expect((await addresses()).map(({ reason }) => reason)).toEqual(['notAllowed', 'notAllowed']);
    await node.configure({ advertise: ALLOWED });
    await arrive('64600:100', '64600:1:1');
    expect(await sessionSince()).toBe(since);
  });

  it('stay through a crash of flockd, and come back from the annotation when its file is lost', async () => {
    const { node } = world();
    await run({ name: 'kept', annotations: { ...CLAIMS, communities: '64600:100, 64600:1:1' } });
    await arrive('64600:100', '64600:1:1');
    const file = node.path('state', 'allocations.json');
    const stored = JSON.parse(await readFile(file, 'utf8')).allocations[0].communities;
    expect(stored).toEqual([{ community: '64600:100' }, { community: '64600:1:1' }]);
    for (const text of [undefined, '{"version":1,']) {
      await node.stopDaemon('SIGKILL');
      if (text !== undefined) await writeFile(file, text);
      await arrive('64600:100', '64600:1:1');
      await node.startDaemon();
      await eventually(
        async () => (await addresses()).every(({ state }) => state === 'advertised'),
        'everything is announced again',
      );
      await arrive('64600:100', '64600:1:1');
      expect((await addresses()).map(({ largeCommunities }) => largeCommunities)).toEqual([
        ['64600:1:1'],
        ['64600:1:1'],
      ]);
    }
  });
});
