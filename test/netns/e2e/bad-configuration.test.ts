import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIST } from '../../lab/cni.ts';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import { FlockNode } from '../../lab/node.ts';
import { hostState } from './kernel-state.ts';
import { LONELY, routedWorld } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

interface Status {
  problems: { code: string; message: string }[];
  bird: { lastPublish: { ok: boolean; code: string; message: string } | null };
}

const status = async (node: FlockNode): Promise<Status> => (await node.flockctlJson('status')) as Status;

/** Waits until the status has a problem whose text has all parts. */
function told(node: FlockNode, ...parts: string[]): Promise<{ code: string; message: string }> {
  return eventually(
    async () => (await status(node)).problems.find(({ message }) => parts.every((part) => message.includes(part))),
    `status tells of ${parts.join(', ')}`,
  );
}

/** Waits until nothing is wrong. */
function healed(node: FlockNode): Promise<boolean> {
  return eventually(async () => {
    const { problems } = await status(node);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
    return true;
  }, 'status tells of no problem');
}

/** Puts a template of the operator's in place, which flockd sees by itself. */
async function overrideTemplate(node: FlockNode, name: string, text: string): Promise<string> {
  const path = node.path('templates', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

describe.skipIf(!isRoot)('a configuration that cannot be used keeps flockd from starting (needs root)', () => {
  it.each([
    ['a typo in a key', { pool: { ipv4: '10.1.1.0/24' } }, /pool is not a key; did you mean pools/],
    [
      'a typo deeper down',
      { bgp: { ...LONELY.bgp, routerid: '10.0.0.1' } },
      /bgp\.routerid is not a key; did you mean routerId/,
    ],
    ['no pool', { pools: {} }, /pools must have at least one/],
    ['no AS number', { bgp: { peers: [] } }, /bgp\.asn is required/],
    ['a pool too small', { pools: { ipv4: '10.1.1.0/31' } }, /pools\.ipv4 = .*10\.1\.1\.0\/31.* must be \/30/],
    [
      'a pool with host bits',
      { pools: { ipv4: '10.1.1.1/24' } },
      /pools\.ipv4 = .*10\.1\.1\.1\/24.* write 10\.1\.1\.0\/24/,
    ],
  ])(
    '%s: exit status 78, the path of the key in the message, nothing done to the host',
    async (_what, keys, message) => {
      await using lab = await Lab.create('bad-configuration');
      const node = await FlockNode.create(lab, await lab.namespace('node1'), { ...LONELY, ...keys });
      const before = await hostState(node.namespace);
      const command = [join(DIST, 'flockd.js'), '--config', node.path('flock.yaml')];
      const { code, stdout, stderr } = await node.namespace.exec(command, { allowFailure: true });
      expect(code).toBe(78);
      expect(`${stdout}${stderr}`).toMatch(message);
      expect(`${stdout}${stderr}`).toContain(node.path('flock.yaml'));
      expect(await hostState(node.namespace)).toEqual(before);
      await expect(readFile(node.path('state', 'allocations.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});

describe.skipIf(!isRoot)('a configuration that is edited while flockd runs (needs root)', () => {
  const world = routedWorld('edited-configuration');
  const allow = [{ prefixes: ['192.0.2.0/24', '203.0.113.0/24'], namespaces: ['*'] }];

  it('with a typo changes nothing, and status says so until it is mended', async () => {
    const { node } = world();
    const before = await readFile(node.path('bird', 'bird.conf'), 'utf8');
    const { advertise } = node.config;
    await node.configure({ advertise: { allow, typo: true } });
    await told(node, 'advertise.typo', node.path('flock.yaml'));
    expect(await readFile(node.path('bird', 'bird.conf'), 'utf8')).toBe(before);
    const claims = { anycast: '203.0.113.1' };
    await expect(node.runPod({ name: 'refused', annotations: claims })).rejects.toMatchObject({ code: 101 });
    await node.configure({ advertise: { allow } });
    await healed(node);
    const pod = await eventually(
      () => node.runPod({ name: `taken${++attempts}`, annotations: claims }),
      'ADD succeeds',
    );
    await eventually(
      async () => (await world().router.nextHops('203.0.113.1')).length === 1,
      'the router has the path',
    );
    await node.endPod(pod);
    await node.configure({ advertise });
  });
  let attempts = 0;

  it('that is no YAML, or not there for a moment, changes nothing', async () => {
    const { node } = world();
    const path = node.path('flock.yaml');
    const text = await readFile(path, 'utf8');
    await writeFile(path, 'pools: [unclosed');
    await told(node, path);
    await rm(path);
    await told(node, path);
    const pod = await node.runPod({ name: 'meanwhile', annotations: { anycast: '192.0.2.90' } });
    await eventually(async () => (await world().router.nextHops('192.0.2.90')).length === 1, 'the router has the path');
    await writeFile(path, text);
    await healed(node);
    await node.endPod(pod);
  });

  it('in a key that needs a restart says so, and goes on with what it started with', async () => {
    const { node } = world();
    const { socket } = node.config;
    await node.configure({ socket: node.path('elsewhere.sock') });
    expect((await told(node, 'socket', 'restart')).code).toBe('restartNeeded');
    await node.configure({ socket });
    await healed(node);
  });

  it.each([
    ['BIRD refuses the text', 'partials/extra.hbs', 'protocol nonsense { }\n', 'BIRD refuses'],
    ['the template is malformed', 'partials/extra.hbs', '{{#if}\n', 'partials/extra.hbs'],
    ['the template asks for what is not there', 'partials/log.hbs', '{{no.such.value}}\n', 'partials/log.hbs'],
  ])(
    'a template override: %s: BIRD keeps what it has, pods come and go, and status says what is wrong',
    async (_what, name, text, named) => {
      const { node, router } = world();
      const before = await readFile(node.path('bird', 'bird.conf'), 'utf8');
      const path = await overrideTemplate(node, name, text);
      await told(node, named);
      expect(await readFile(node.path('bird', 'bird.conf'), 'utf8')).toBe(before);
      const pod = await node.runPod({ name: 'under-it', annotations: { anycast: '192.0.2.91,2001:db8:ffff::91' } });
      for (const claim of ['192.0.2.91', '2001:db8:ffff::91']) {
        await eventually(async () => (await router.nextHops(claim)).length === 1, `the router has a path to ${claim}`);
        await expectFirstPackets(router.namespace, claim);
      }
      await node.endPod(pod);
      await eventually(async () => (await router.nextHops('192.0.2.91')).length === 0, 'the path is withdrawn');
      await rm(path);
      await healed(node);
    },
  );
});

describe.skipIf(!isRoot)('a template override at the first start (needs root)', () => {
  it.each([
    ['that BIRD refuses', 'nonsense;\n', /BIRD refuses.*syntax error/],
    ['that is malformed', '{{#if}\n', /partials\/extra\.hbs/],
  ])('%s leaves the bird.conf that was there, says so, and wires pods all the same', async (_what, text, message) => {
    await using lab = await Lab.create('refused-first');
    const node = await FlockNode.create(lab, await lab.namespace('node1'), LONELY);
    await mkdir(node.path('templates', 'partials'), { recursive: true });
    await writeFile(node.path('templates', 'partials', 'extra.hbs'), text);
    await node.startBird();
    const packaged = await readFile(node.path('bird', 'bird.conf'), 'utf8');
    await node.startDaemon();
    await eventually(
      async () => (await status(node)).problems.some((problem) => message.test(problem.message)),
      `status tells of ${message}`,
    );
    expect(await readFile(node.path('bird', 'bird.conf'), 'utf8')).toBe(packaged);
    const pods = [await node.runPod({ name: 'one' }), await node.runPod({ name: 'two' })] as const;
    await expectFirstPackets(pods[0].namespace, pods[1].ip4, pods[1].ip6);
  });
});
