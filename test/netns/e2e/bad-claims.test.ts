import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { nodePlan } from '../../lab/fabric.ts';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { failureOf } from './calls.ts';
import { everything, ip, type ShownLink } from './kernel-state.ts';
import { routedWorld, sandbox } from './nodes.ts';

const PLAN = nodePlan(1);

/** An annotation, its value, the error, and what the message must name beside both. */
const REFUSED: [key: string, value: string, code: number, rule: RegExp][] = [
  ['anycast', '198.51.100.1', 101, /advertise\.allow/],
  ['addresses', '2001:db8:eeee::1', 101, /advertise\.allow/],
  ['anycast', PLAN.nodeAddress, 101, /address of this node/],
  ['anycast', PLAN.nodeAddress6, 101, /address of this node/],
  ['anycast', PLAN.routerAddress, 101, /peer tor/],
  ['anycast', '10.1.1.77', 101, /pool 10\.1\.1\.0\/24/],
  ['addresses', '2001:db8:1:1::77', 101, /pool 2001:db8:1:1::\/64/],
  ['anycast', '224.0.0.1', 101, /multicast/],
  ['anycast', 'ff02::1', 101, /multicast/],
  ['anycast', '127.0.0.1', 101, /loopback/],
  ['anycast', '::1', 101, /loopback/],
  ['addresses', '169.254.1.1', 101, /link-local/],
  ['addresses', 'fe80::1', 101, /link-local/],
  ['anycast', '0.0.0.0', 101, /0\.0\.0\.0\/8/],
  ['anycast', '::', 101, /unspecified/],
  ['anycast', '255.255.255.255', 101, /broadcast/],
  ['anycast', '192.0.2.1/24', 102, /192\.0\.2\.1\/32/],
  ['anycast', '192.0.2.256', 102, /must be/],
  ['anycast', '192.0.2.1,,192.0.2.2', 102, /empty item/],
  ['anycast', '192.0.2.1 192.0.2.2', 102, /must be/],
  ['anycast', '192.0.2.1\n192.0.2.2', 102, /must be/],
  ['anycast', '192.0.2.1"; route 0.0.0.0/0 blackhole; #', 102, /must be/],
  ['anycast', '{{#each pools}}192.0.2.1{{/each}}', 102, /must be/],
  ['addresses', "192.0.2.1';}", 102, /must be/],
  ['ipv4', 'yes', 102, /true or false/],
  ['cidr4', '10.1.1.1/24', 102, /10\.1\.1\.0\/24/],
  ['cidr4', '2001:db8:1:1::/64', 102, /IPv4/],
  ['cidr4', '198.51.100.0/24', 101, /outside the pool/],
  ['cidr6', '{', 102, /IPv6/],
];

describe.skipIf(!isRoot)('a pod that asks for what it may not have (needs root)', () => {
  const world = routedWorld('bad-claims', {
    advertise: {
      allow: [
        { prefixes: ['192.0.2.0/25', '2001:db8:ffff::/48'], namespaces: ['*'] },
        { prefixes: ['192.0.2.128/25'], namespaces: ['shop', 'office'] },
      ],
    },
  });
  let tried = 0;
  const running: LabPod[] = [];
  afterEach(async () => {
    for (const pod of running.splice(0)) await world().node.endPod(pod);
  });

  /** Kernel, file, and what BIRD has; it tells times that differ by a millisecond from one call to the next. */
  async function state(): Promise<object> {
    const { node } = world();
    const bird = (await node.birdc('show route all')).replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME');
    return { ...(await everything(node)), bird };
  }

  /** ADD fails with the code and a message of these parts; kernel, file, sandbox and BIRD are as before. */
  async function refused(
    annotations: Record<string, string>,
    code: number,
    told: (RegExp | string)[],
    namespace = 'default',
  ) {
    const { lab, node } = world();
    tried += 1;
    const name = `bad${tried}`;
    const inside = await sandbox(lab, name);
    const before = await state();
    const args = `K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${name}`;
    const spec = { name, namespace, annotations };
    const failure = await failureOf(
      node.add({ containerId: name, netns: inside.path, args, podManifest: podManifest(spec) }),
    );
    expect(failure.code).toBe(code);
    for (const part of told) expect(failure.message).toMatch(part);
    expect(failure.message).not.toMatch(/\n/);
    expect((await ip<ShownLink>(inside, 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo']);
    expect(await state()).toEqual(before);
    await node.removePod(spec);
  }

  it.each(REFUSED)(
    '%s: %j fails ADD with %i, naming annotation, value and rule, and changes nothing',
    async (key, value, code, rule) => {
      const first = value.split(/[\s,"';{/]/).find((part) => part !== '') ?? '';
      await refused({ [key]: value }, code, [`flock.fritzlab.net/${key}`, first, rule]);
    },
  );

  it('an address that only other namespaces may claim is refused, with their names', async () => {
    await refused({ anycast: '192.0.2.200' }, 101, ['192.0.2.200', /office, shop/, /"default"/]);
    const pod = await world().node.runPod({
      name: 'sells',
      namespace: 'shop',
      annotations: { anycast: '192.0.2.200' },
    });
    running.push(pod);
    expect(pod.ip4).toBeDefined();
  });

  it('the same address in anycast and addresses is an error', async () => {
    await refused({ anycast: '192.0.2.5', addresses: '192.0.2.6, 192.0.2.5/32' }, 102, [
      '192.0.2.5',
      /anycast/,
      /addresses/,
    ]);
  });

  it('an address of a family the pod does not have is an error', async () => {
    await refused({ ipv6: 'false', anycast: '2001:db8:ffff::5' }, 103, ['2001:db8:ffff::5', /IPv6/]);
  });

  it('a pod without any family is an error', async () => {
    await refused({ ipv6: 'false', ipv4: 'false' }, 103, [/ipv4/, /ipv6/]);
  });

  it('an unknown key and an invalid ip-algo are reported and fail nothing', async () => {
    const { node } = world();
    const pod = await node.runPod({
      name: 'odd',
      annotations: { 'any-cast': '192.0.2.7', 'ip-algo': 'colour\n{{x}}' },
    });
    running.push(pod);
    expect(pod.result.ips).toHaveLength(2);
    for (const text of ['any-cast', 'ip-algo']) {
      await eventually(async () => {
        const { problems } = (await node.flockctlJson('status')) as { problems: { message: string }[] };
        return problems.some(({ message }) => message.includes(text));
      }, `status reports ${text}`);
    }
  });

  it('a manifest that is not YAML is reported, and its neighbours and the pod are wired all the same', async () => {
    const { node } = world();
    await writeFile(node.path('pods.d', 'broken.yaml'), 'metadata: {name: "broken\n  - ][');
    await eventually(async () => {
      const { problems } = (await node.flockctlJson('status')) as { problems: { message: string }[] };
      return problems.some(({ message }) => message.includes('broken.yaml'));
    }, 'status names the file');
    const pod = await node.runPod({ name: 'beside', annotations: { anycast: '192.0.2.8' } });
    running.push(pod);
    await eventually(async () => (await world().router.nextHops('192.0.2.8')).length === 1, 'the router has the path');
  });
});
