import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DIST } from '../../lab/cni.ts';
import { isRoot, Lab } from '../../lab/lab.ts';
import { FlockNode } from '../../lab/node.ts';
import { call, cniError, variables } from './calls.ts';
import { allocationsText, linkOf } from './kernel-state.ts';
import { LONELY, lonelyWorld, sandbox } from './nodes.ts';

const VERSIONS = ['0.4.0', '1.0.0', '1.1.0'];
const MAC = expect.stringMatching(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
const IP6 = expect.stringMatching(/^2001:db8:1:1:[0-9a-f:]+\/128$/);
const IP4 = expect.stringMatching(/^10\.1\.1\.\d+\/32$/);

describe.skipIf(!isRoot)('cniVersion 0.4.0, 1.0.0 and 1.1.0 (needs root)', () => {
  const world = lonelyWorld('cni-versions');

  it.each(VERSIONS)('a result of ADD has exactly the keys of %s, the version asked', async (version) => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, `shape${version}`);
    const request = { containerId: `shape-${version}`, netns: namespace.path };
    const result: unknown = await node.add(request, node.netconf(version));
    const newest = version === '1.1.0';
    const mtu = newest ? { mtu: 1500 } : {};
    const family = (number: string) => (version === '0.4.0' ? { version: number } : {});
    expect(result).toEqual({
      cniVersion: version,
      interfaces: [
        { name: expect.stringMatching(/^flock[0-9a-f]{8}$/), mac: MAC, ...mtu },
        { name: 'eth0', mac: MAC, ...mtu, sandbox: namespace.path },
      ],
      ips: [
        { ...family('6'), interface: 1, address: IP6, gateway: 'fe80::1' },
        { ...family('4'), interface: 1, address: IP4, gateway: '169.254.1.1' },
      ],
      routes: [
        { dst: '::/0', gw: 'fe80::1' },
        { dst: '169.254.1.1/32', ...(newest ? { scope: 253 } : {}) },
        { dst: '0.0.0.0/0', gw: '169.254.1.1' },
      ],
      dns: {},
    });
  });

  it.each(VERSIONS)('CHECK, DEL and errors are served in %s, and an error bears that version', async (version) => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, `verbs${version}`);
    const request = { containerId: `verbs-${version}`, netns: namespace.path };
    const netconf = node.netconf(version);
    const prevResult = await node.add(request, netconf);
    const checked = await node.plugin('CHECK', request, { ...netconf, prevResult });
    expect(checked).toMatchObject({ code: 0, stdout: '' });
    expect(await node.plugin('DEL', request, { ...netconf, prevResult })).toMatchObject({ code: 0, stdout: '' });
    const gone = cniError(await node.plugin('CHECK', request, { ...netconf, prevResult }));
    expect(gone).toMatchObject({ cniVersion: version, code: 3 });
  });

  it('ADD twice with the same container gives the same answer, in whatever version, and changes nothing', async () => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, 'twice');
    const request = { containerId: 'twice', netns: namespace.path };
    const first = await node.add(request);
    const device = first.interfaces[0]?.name ?? '';
    const [file, index] = [await allocationsText(node), (await linkOf(node.namespace, device)).ifindex];
    expect(await node.add(request)).toEqual(first);
    const older = await node.add(request, node.netconf('0.4.0'));
    expect(older.ips.map(({ address }) => address)).toEqual(first.ips.map(({ address }) => address));
    expect(await Promise.all([node.add(request), node.add(request)])).toEqual([first, first]);
    expect((await linkOf(node.namespace, device)).ifindex).toBe(index);
    expect(await allocationsText(node)).toBe(file);
  });

  it('ADD twice gives the same answer across a restart of the daemon', async () => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, 'restarted');
    const request = { containerId: 'restarted', netns: namespace.path };
    const first = await node.add(request);
    await node.stopDaemon();
    await node.startDaemon();
    expect(await node.add(request)).toEqual(first);
    await node.check(request, first);
  });

  it.each(['0.1.0', '0.3.1', '2.0.0', '1.1', ''])(
    'another version (%j) is refused with error 1 by every verb',
    async (version) => {
      const { lab, node } = world();
      const before = await allocationsText(node);
      const namespace = await sandbox(lab, `version${VERSIONS.length}${version}`);
      for (const verb of ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS']) {
        const request = { containerId: 'any', netns: namespace.path };
        const error = cniError(await node.plugin(verb, request, node.netconf(version)));
        expect(error, verb).toMatchObject({ cniVersion: '1.1.0', code: 1, msg: expect.stringContaining('1.0.0') });
      }
      expect(await allocationsText(node)).toBe(before);
    },
  );
});

describe.skipIf(!isRoot)('VERSION is answered by the plugin alone (needs root)', () => {
  it.each([
    ['with the configuration of the network', { cniVersion: '1.0.0', name: 'flock', type: 'flock' }, '1.0.0'],
    ['without our socket key', { cniVersion: '0.4.0' }, '0.4.0'],
    ['in a version that flock does not support', { cniVersion: '0.3.1' }, '0.3.1'],
  ])('%s, with no daemon running', async (_how, netconf, version) => {
    await using lab = await Lab.create('version');
    const node = await FlockNode.create(lab, await lab.namespace('node1'), LONELY);
    const answer = await call(node, { CNI_COMMAND: 'VERSION' }, JSON.stringify(netconf));
    expect(answer.code).toBe(0);
    expect(JSON.parse(answer.stdout)).toEqual({ cniVersion: version, supportedVersions: VERSIONS });
  });

  it('and with every other variable that a runtime sets', async () => {
    await using lab = await Lab.create('version-podman');
    const node = await FlockNode.create(lab, await lab.namespace('node1'), LONELY);
    const env = variables('VERSION', { containerId: 'dummy', netns: 'dummy', ifname: 'dummy' });
    const answer = await call(node, env, '{"cniVersion":"1.0.0"}');
    expect(JSON.parse(answer.stdout)).toEqual({ cniVersion: '1.0.0', supportedVersions: VERSIONS });
    // Nothing but a static program answers: no interpreter, no library of the host.
    expect((await readFile(`${DIST}/flock`)).subarray(1, 4).toString()).toBe('ELF');
  });
});
