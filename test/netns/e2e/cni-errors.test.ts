import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CniRequest } from '../../lab/cni.ts';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import { FlockNode } from '../../lab/node.ts';
import { call, cniError, failureOf, variables } from './calls.ts';
import { allocationsOf, everything, linkOf } from './kernel-state.ts';
import { LONELY, lonelyNode, lonelyWorld, sandbox } from './nodes.ts';

describe.skipIf(!isRoot)(
  'Errors are CNI error JSON on standard output with a non-zero exit status (needs root)',
  () => {
    const world = lonelyWorld('cni-errors');
    let sandboxes = 0;

    async function request(): Promise<CniRequest> {
      sandboxes += 1;
      const namespace = await sandbox(world().lab, `errors${sandboxes}`);
      return { containerId: `errors${sandboxes}`, netns: namespace.path };
    }

    /** Expects the error, and that kernel, file and sandbox are as before. */
    async function refused(
      env: Record<string, string>,
      stdin: string,
      error: { code: number; msg: RegExp },
    ): Promise<void> {
      const { node } = world();
      const before = await everything(node);
      const answer = cniError(await call(node, env, stdin));
      expect(answer).toMatchObject({ code: error.code, msg: expect.stringMatching(error.msg) });
      expect(await everything(node)).toEqual(before);
    }

    const netconf = (more: object = {}): string => JSON.stringify({ ...world().node.netconf(), ...more });

    describe('4, invalid environment, and nothing changes', () => {
      it.each(['CNI_COMMAND', 'CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME'])('ADD without %s', async (missing) => {
        const env = Object.entries(variables('ADD', await request())).filter(([key]) => key !== missing);
        await refused(Object.fromEntries(env), netconf(), { code: 4, msg: new RegExp(missing) });
      });

      it.each(['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME'])('CHECK without %s', async (missing) => {
        const env = Object.entries(variables('CHECK', await request())).filter(([key]) => key !== missing);
        const prevResult = { cniVersion: '1.1.0', interfaces: [], ips: [] };
        await refused(Object.fromEntries(env), netconf({ prevResult }), { code: 4, msg: new RegExp(missing) });
      });

      it.each(['CNI_CONTAINERID', 'CNI_IFNAME'])('DEL without %s', async (missing) => {
        const env = Object.entries(variables('DEL', await request())).filter(([key]) => key !== missing);
        await refused(Object.fromEntries(env), netconf(), { code: 4, msg: new RegExp(missing) });
      });

      it.each([
        ['CNI_COMMAND', 'REMOVE'],
        ['CNI_CONTAINERID', '../../etc'],
        ['CNI_CONTAINERID', 'two words'],
        ['CNI_NETNS', 'run/netns/relative'],
        ['CNI_IFNAME', 'lo'],
        ['CNI_IFNAME', 'a/b'],
        ['CNI_IFNAME', 'sixteen-letters-'],
        ['CNI_IFNAME', 'veth%d'],
        ['CNI_ARGS', 'K8S_POD_NAME'],
        ['CNI_ARGS', 'K8S_POD_NAME=a b'],
        ['CNI_ARGS', 'K8S_POD_NAME=../x'],
        ['CNI_ARGS', 'K8S_POD_NAMESPACE=x;K8S_POD_NAMESPACE=y'],
      ])('ADD with %s=%s', async (key, value) => {
        const env = { ...variables('ADD', await request()), [key]: value };
        await refused(env, netconf(), { code: 4, msg: new RegExp(key) });
      });
    });

    describe('6, undecodable: the plugin says so itself, and nothing changes', () => {
      it.each(['', '{', '[]', '"flock"', '{"cniVersion":"1.1.0",}', '{"cniVersion":"1.1.0"} x', '\0'])(
        'ADD with %j on standard input',
        async (stdin) => {
          await refused(variables('ADD', await request()), stdin, { code: 6, msg: /JSON/ });
        },
      );
    });

    describe('7, invalid configuration, and nothing changes', () => {
      it.each([
        ['a name that is missing', { name: undefined }, /name/],
        ['a name with a slash', { name: 'a/b' }, /name/],
        ['a cniVersion that is no text', { cniVersion: 1 }, /cniVersion/],
        ['a socket that is no text', { socket: 7 }, /socket/],
        ['a socket that is no absolute path', { socket: 'flock.sock' }, /socket/],
        ['a result of a plugin before it', { prevResult: { interfaces: [], ips: [] } }, /prevResult/],
      ])('ADD with %s', async (_what, more, msg) => {
        await refused(variables('ADD', await request()), netconf(more), { code: 7, msg });
      });

      it('CHECK without the result of ADD', async () => {
        await refused(variables('CHECK', await request()), netconf(), { code: 7, msg: /prevResult/ });
      });
    });

    describe('3, unknown container or namespace, and nothing changes', () => {
      it('ADD with a path that is not there', async () => {
        const env = variables('ADD', { containerId: 'no-path', netns: '/run/netns/flock-never-there' });
        await refused(env, netconf(), { code: 3, msg: /flock-never-there/ });
      });

      it('ADD with a file, a folder and a FIFO that are no namespace', async () => {
        const { lab, node } = world();
        const at = (name: string): string => `${lab.dir}/${name}`;
        await writeFile(at('file'), '');
        await mkdir(at('folder'));
        await node.namespace.exec(['mkfifo', at('fifo')]);
        for (const name of ['file', 'folder', 'fifo']) {
          const env = variables('ADD', { containerId: 'no-namespace', netns: at(name) });
          await refused(env, netconf(), { code: 3, msg: new RegExp(at(name)) });
        }
      });

      it('CHECK of a container that was never added', async () => {
        const prevResult = { cniVersion: '1.1.0', interfaces: [], ips: [] };
        await refused(variables('CHECK', await request()), netconf({ prevResult }), { code: 3, msg: /errors\d+/ });
      });

      it('CHECK of a pod whose namespace has gone', async () => {
        const { lab, node } = world();
        const pod = await node.runPod({ name: 'gone' });
        lab.deleteNamespace(pod.namespace);
        expect(await failureOf(node.check(pod.request, pod.result))).toMatchObject({ code: 3 });
        await node.del(pod.request);
      });
    });

    it('105: CHECK compares with the result of ADD too, and names the difference', async () => {
      const { node } = world();
      const pod = await node.runPod({ name: 'told-otherwise' });
      const bent = structuredClone(pod.result);
      for (const address of bent.ips) if (address.address.includes('.')) address.address = '10.1.1.250/32';
      const failure = await failureOf(node.check(pod.request, bent));
      expect(failure).toMatchObject({ code: 105, message: expect.stringContaining('10.1.1.250/32') });
      expect(failure.message).toContain(pod.ip4);
      await node.endPod(pod);
    });

    it('104: what the kernel refuses is named, and everything made before is undone', async () => {
      const { lab, node } = world();
      const namespace = await sandbox(lab, 'refuses');
      await namespace.exec(['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1']);
      const failure = await failureOf(node.add({ containerId: 'refuses', netns: namespace.path }));
      expect(failure).toMatchObject({ code: 104, message: expect.stringContaining('eth0') });
      expect((await allocationsOf(node)).map(({ container_id }) => container_id)).not.toContain('refuses');
      expect((await linkOf(namespace, 'eth0')).ifname).toBe('eth0');
    });
  },
);

describe.skipIf(!isRoot)('Errors of a daemon that cannot serve (needs root)', () => {
  it('11, try again later: no daemon, then a dead socket, for every verb but VERSION', async () => {
    await using lab = await Lab.create('no-daemon');
    const node = await FlockNode.create(lab, await lab.namespace('node1'), LONELY);
    const request = { containerId: 'waits', netns: (await sandbox(lab, 'waits')).path };
    const told = async () => {
      for (const verb of ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS']) {
        const error = cniError(await node.plugin(verb, request));
        expect(error, verb).toMatchObject({ code: 11, msg: expect.stringContaining(node.path('flock.sock')) });
      }
    };
    await told();
    await node.startDaemon();
    expect(await node.plugin('STATUS')).toMatchObject({ code: 0, stdout: '' });
    await node.stopDaemon('SIGKILL');
    await told();
  });

  it('106: a file that cannot be written fails ADD with its path, leaves nothing, and heals by itself', async () => {
    await using lab = await Lab.create('read-only');
    const node = await lonelyNode(lab, 'node1');
    const namespace = await sandbox(lab, 'sandbox');
    const request = { containerId: 'read-only', netns: namespace.path };
    const folder = node.path('state');
    await eventually(async () => (await allocationsOf(node)).length === 0, 'the file is there');
    await rename(folder, `${folder}-away`);
    const failure = await failureOf(node.add(request));
    expect(failure).toMatchObject({ code: 106, message: expect.stringContaining(folder) });
    const links = (await namespace.exec(['ip', '-o', 'link'])).stdout;
    expect(links).not.toContain('eth0');
    expect((await node.namespace.exec(['ip', '-o', 'link'])).stdout).not.toContain('flock');
    await rename(`${folder}-away`, folder);
    await chmod(folder, 0o755);
    const result = await node.add(request);
    await node.check(request, result);
  });
});
