import { rm, symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isRoot } from '../../lab/lab.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { call, variables } from './calls.ts';
import { addressesOf, allocationsOf, allocationsText, everything, ip, linkOf, type ShownLink } from './kernel-state.ts';
import { lonelyWorld, sandbox } from './nodes.ts';

describe.skipIf(!isRoot)('DEL (needs root)', () => {
  const world = lonelyWorld('cni-del');

  const containers = async (): Promise<string[]> =>
    (await allocationsOf(world().node)).map(({ container_id }) => container_id);
  const devices = async (): Promise<string[]> =>
    (await ip<ShownLink>(world().node.namespace, 'link', 'show'))
      .map(({ ifname }) => ifname)
      .filter((name) => name.startsWith('flock'));

  it('of the unknown is success, says nothing and changes nothing', async () => {
    const { node } = world();
    const before = await everything(node);
    const answer = await node.plugin('DEL', { containerId: 'never-seen', netns: '/run/netns/never-there' });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(await everything(node)).toEqual(before);
  });

  it('removes the interface on both sides and releases the addresses; twice is success', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'once' });
    expect(await devices()).toEqual([pod.result.interfaces[0]?.name]);
    for (const _time of [1, 2]) {
      expect(await node.plugin('DEL', pod.request)).toMatchObject({ code: 0, stdout: '' });
      expect(await devices()).toEqual([]);
      expect((await ip<ShownLink>(pod.namespace, 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo']);
      expect(await containers()).toEqual([]);
    }
  });

  it('of a vanished namespace is success, and releases everything', async () => {
    const { lab, node } = world();
    const pod = await node.runPod({ name: 'vanishes', annotations: { anycast: '192.0.2.70' } });
    lab.deleteNamespace(pod.namespace);
    await node.del(pod.request);
    expect([await containers(), await devices()]).toEqual([[], []]);
  });

  it('with an empty CNI_NETNS is success, and releases everything', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'no-netns' });
    await node.del({ ...pod.request, netns: '' });
    expect([await containers(), await devices()]).toEqual([[], []]);
  });

  it('without CNI_NETNS and CNI_ARGS at all is success, and releases everything', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'no-variables' });
    const { CNI_NETNS: _netns, CNI_ARGS: _args, ...env } = variables('DEL', pod.request);
    expect(await call(node, env, JSON.stringify(node.netconf()))).toMatchObject({ code: 0, stdout: '' });
    expect([await containers(), await devices()]).toEqual([[], []]);
  });

  it('with the sandbox path leading elsewhere by now touches nothing there', async () => {
    const { lab, node } = world();
    const [own, other] = [
      await sandbox(lab, 'own'),
      await node.runPod({ name: 'other', annotations: { anycast: '192.0.2.71' } }),
    ];
    const path = `${lab.dir}/sandbox`;
    await symlink(own.path, path);
    await node.writePod(podManifest({ name: 'moved', annotations: { anycast: '192.0.2.71' } }));
    const request = { containerId: 'moved', netns: path, args: 'K8S_POD_NAME=moved' };
    await node.add(request);
    await rm(path);
    await symlink(other.namespace.path, path);
    await node.del(request);
    await node.check(other.request, other.result);
    await node.endPod(other);
    expect(await devices()).toEqual([]);
  });

  it('undoes what ADD did in a sandbox that lives on: no interface, no claimed address on lo', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'lives', annotations: { anycast: '192.0.2.72,2001:db8:ffff::72' } });
    await node.del(pod.request);
    expect(addressesOf(await linkOf(pod.namespace, 'lo'))).toEqual(['127.0.0.1/8 host', '::1/128 host']);
  });

  it('of one interface of a container leaves the other with what both have on lo', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'two', annotations: { anycast: '192.0.2.73' } });
    const second = { ...pod.request, ifname: 'net1' };
    await node.add(second);
    await node.del(second);
    await node.check(pod.request, pod.result);
    await node.endPod(pod);
  });

  it('that comes while ADD runs waits for it and leaves nothing; ADD ends well or not, never half', async () => {
    const { lab, node } = world();
    const names = [...Array(8).keys()].map((number) => `race${number}`);
    const namespaces = await Promise.all(names.map((name) => sandbox(lab, name)));
    const requests = namespaces.map((namespace, number) => ({ containerId: `race${number}`, netns: namespace.path }));
    const adds = requests.map((request) => node.plugin('ADD', request));
    const dels = requests.map((request) => node.plugin('DEL', request));
    for (const { code } of await Promise.all(dels)) expect(code).toBe(0);
    const added = await Promise.all(adds);
    for (const { code } of added) expect(code).toBe(0);
    // Whichever came first, a second DEL finds or leaves nothing.
    await Promise.all(requests.map((request) => node.del(request)));
    expect([await containers(), await devices()]).toEqual([[], []]);
    for (const namespace of namespaces) {
      expect((await ip<ShownLink>(namespace, 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo']);
    }
  });

  it('before ADD does not keep the ADD from working', async () => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, 'del-first');
    const request = { containerId: 'del-first', netns: namespace.path };
    await node.del(request);
    const result = await node.add(request);
    await node.check(request, result);
    await node.del(request);
    expect(await allocationsText(node)).not.toContain('del-first');
  });

  it('needs no readable network name, arguments or result, only the container and the interface', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'odd' });
    const env = { ...variables('DEL', pod.request), CNI_ARGS: 'no pairs at all' };
    const netconf = { ...node.netconf(), prevResult: 'garbage' };
    expect(await call(node, env, JSON.stringify(netconf))).toMatchObject({ code: 0, stdout: '' });
    expect([await containers(), await devices()]).toEqual([[], []]);
  });
});
