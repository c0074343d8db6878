import { readFile, readlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab, run } from '../../lab/lab.ts';
import type { CniRequest } from '../../lab/node.ts';
import { podManifest } from '../../lab/pod-manifest.ts';
import { failureOf } from './calls.ts';
import { addressesOf, allocationsOf, linkOf, type StoredAllocation } from './kernel-state.ts';
import { lonelyNode, lonelyWorld, sandbox } from './nodes.ts';

interface PodRow {
  namespace: string;
  name: string;
  containerId: string;
  interface: string;
  hostInterface: string;
  sandbox: string;
  ip6: string | null;
  ip4: string | null;
  mac: string;
  ready: boolean;
  reason: string;
  anycast: string[];
  addresses: string[];
}

describe.skipIf(!isRoot)('which pod an attachment belongs to (needs root)', () => {
  const world = lonelyWorld('pod-identity');
  let sandboxes = 0;

  async function request(args: string | undefined): Promise<CniRequest> {
    sandboxes += 1;
    const namespace = await sandbox(world().lab, `identity${sandboxes}`);
    return { containerId: `identity${sandboxes}`, netns: namespace.path, ...(args === undefined ? {} : { args }) };
  }

  async function stored(containerId: string): Promise<StoredAllocation | undefined> {
    return (await allocationsOf(world().node)).find(({ container_id }) => container_id === containerId);
  }

  async function row(containerId: string): Promise<PodRow> {
    const rows = (await world().node.flockctlJson('pods')) as PodRow[];
    const found = rows.find((pod) => pod.containerId === containerId);
    if (found === undefined) throw new Error(`flockctl pods does not list ${containerId}`);
    return found;
  }

  it.each([
    ['without CNI_ARGS', undefined, { namespace: 'default', pod_name: 'ID' }],
    ['with an empty CNI_ARGS', '', { namespace: 'default', pod_name: 'ID' }],
    ['with a name alone', 'K8S_POD_NAME=web', { namespace: 'default', pod_name: 'web' }],
    ['with a namespace alone', 'K8S_POD_NAMESPACE=shop', { namespace: 'shop', pod_name: 'ID' }],
    ['with empty values', 'K8S_POD_NAMESPACE=;K8S_POD_NAME=;K8S_POD_UID=', { namespace: 'default', pod_name: 'ID' }],
    [
      'with all three, and keys of others',
      'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=x;K8S_POD_UID=u-1',
      { namespace: 'shop', pod_name: 'web', owner_uid: 'u-1' },
    ],
  ])('Pod identity from CNI_ARGS: %s', async (_how, args, identity) => {
    const wanted = await request(args);
    await world().node.add(wanted);
    const name = identity.pod_name === 'ID' ? wanted.containerId : identity.pod_name;
    expect(await stored(wanted.containerId)).toMatchObject({ ...identity, pod_name: name, state: 'committed' });
    expect(await row(wanted.containerId)).toMatchObject({ namespace: identity.namespace, name });
    await world().node.del(wanted);
  });

  it('a pod unknown to the directory source is wired with the defaults and claims nothing', async () => {
    const { node } = world();
    const wanted = await request('K8S_POD_NAME=nobody');
    const result = await node.add(wanted);
    expect(result.ips).toHaveLength(2);
    expect(await stored(wanted.containerId)).toMatchObject({ anycast: [], addresses: [] });
    expect(await row(wanted.containerId)).toMatchObject({ ready: false, reason: 'unknownPod' });
    await node.del(wanted);
  });

  it('a manifest put in place before ADD counts, however shortly before', async () => {
    const { node } = world();
    for (let round = 0; round < 8; round += 1) {
      const name = `just-now${round}`;
      const wanted = await request(`K8S_POD_NAME=${name}`);
      const claim = `192.0.2.${100 + round}`;
      const annotations = { anycast: claim, ipv6: 'false' };
      expect((await node.add({ ...wanted, podManifest: podManifest({ name, annotations }) })).ips).toHaveLength(1);
      expect(await stored(wanted.containerId)).toMatchObject({ anycast: [claim] });
      await node.del(wanted);
    }
  });

  it('ADD reads the directory afresh, where no event tells of the manifest either', async () => {
    await using lab = await Lab.create('no-event');
    const node = await lonelyNode(lab, 'node1');
    const mounts = `/proc/${node.daemon.pid}/ns/mnt`;
    expect(await readlink(mounts)).not.toBe(await readlink('/proc/self/ns/mnt'));
    // A file system mounted on top, in the daemon's own mount namespace: its watches are on what lies beneath.
    const script = 'mount -t tmpfs none "$1" && cat > "$1/late.json"';
    const manifest = JSON.stringify(podManifest({ name: 'late', annotations: { anycast: '192.0.2.109' } }));
    const inside = ['nsenter', `--mount=${mounts}`, 'sh', '-c', script, 'sh', node.path('pods.d')];
    await run(inside, { stdin: manifest });
    const { path: netns } = await sandbox(lab, 'late');
    await node.add({ containerId: 'late', netns, args: 'K8S_POD_NAME=late' });
    expect(await allocationsOf(node)).toMatchObject([{ pod_name: 'late', anycast: ['192.0.2.109'] }]);
  });

  it('claims are fixed at ADD: a later edit is reported as pending until the next ADD', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'edited', annotations: { anycast: '192.0.2.110' } });
    await node.writePod(podManifest({ name: 'edited', annotations: { anycast: '192.0.2.111' } }));
    const problem = await eventually(async () => {
      const { problems } = (await node.flockctlJson('status')) as { problems: { code: string; message: string }[] };
      return problems.find(({ message }) => message.includes('default/edited'));
    }, 'status reports the edit');
    expect(problem.message).toMatch(/192\.0\.2\.11[01]/);
    expect(await node.add(pod.request)).toEqual(pod.result);
    expect(await stored(pod.request.containerId)).toMatchObject({ anycast: ['192.0.2.110'] });
    await node.del(pod.request);
    await node.add(pod.request);
    expect(await stored(pod.request.containerId)).toMatchObject({ anycast: ['192.0.2.111'] });
    expect(addressesOf(await linkOf(pod.namespace, 'lo'))).toContain('192.0.2.111/32 global');
    await node.endPod(pod);
  });

  it('manifest removed: its addresses are withheld (unknownPod), and come back with it', async () => {
    const { node } = world();
    const spec = { name: 'withheld', annotations: { anycast: '192.0.2.112' }, ready: true };
    const pod = await node.runPod(spec);
    const reason = (wanted: string) =>
      eventually(async () => {
        const rows = (await node.flockctlJson('addresses')) as {
          address: string;
          reason: string;
          nextHops: unknown[];
        }[];
        return rows.find(({ address, reason }) => address === '192.0.2.112' && reason === wanted);
      }, `the address is withheld: ${wanted}`);
    await reason('birdUnavailable');
    await node.removePod(spec);
    expect(await reason('unknownPod')).toMatchObject({ nextHops: [] });
    await node.writePod(podManifest(spec));
    await reason('birdUnavailable');
    await node.endPod(pod);
  });

  it('a manifest whose uid differs from the one in CNI_ARGS is another pod: it claims nothing for this one', async () => {
    const { node } = world();
    await node.writePod(
      podManifest({ name: 'twin', uid: 'new', annotations: { anycast: '192.0.2.113', ipv4: 'false' } }),
    );
    const old = await request('K8S_POD_NAME=twin;K8S_POD_UID=old');
    const result = await node.add(old);
    expect(result.ips).toHaveLength(2);
    expect(await stored(old.containerId)).toMatchObject({ owner_uid: 'old', anycast: [] });
    expect(await row(old.containerId)).toMatchObject({ ready: false, reason: 'unknownPod' });
    const young = await request('K8S_POD_NAME=twin;K8S_POD_UID=new');
    await expect(node.add(young)).rejects.toMatchObject({ code: 103 });
    await node.writePod(podManifest({ name: 'twin', uid: 'new', annotations: { anycast: '192.0.2.113' } }));
    await node.add(young);
    expect(await stored(young.containerId)).toMatchObject({ owner_uid: 'new', anycast: ['192.0.2.113'] });
    for (const pod of [old, young]) await node.del(pod);
    await node.removePod({ name: 'twin' });
  });

  it('the same container for another pod is refused until it is deleted', async () => {
    const { node } = world();
    const wanted = await request('K8S_POD_NAME=first');
    const result = await node.add(wanted);
    const failure = await failureOf(node.add({ ...wanted, args: 'K8S_POD_NAME=second' }));
    expect(failure).toMatchObject({ code: 4, message: expect.stringMatching(/first.*second/) });
    await node.check(wanted, result);
    await node.del(wanted);
    await node.add({ ...wanted, args: 'K8S_POD_NAME=second' });
    await node.del(wanted);
  });

  it('the allocations file has the keys that users rely on', async () => {
    const { node } = world();
    const pod = await node.runPod({ name: 'keys', uid: 'u-9', annotations: { addresses: '192.0.2.114' } });
    const file = JSON.parse(await readFile(node.path('state', 'allocations.json'), 'utf8')) as object;
    expect(file).toMatchObject({ version: 1, node: 'node1', allocations: expect.any(Array) });
    expect(await stored(pod.request.containerId)).toMatchObject({
      container_id: pod.request.containerId,
      ifname: 'eth0',
      netns: pod.namespace.path,
      namespace: 'default',
      pod_name: 'keys',
      owner_uid: 'u-9',
      ip6: pod.ip6,
      ip4: pod.ip4,
      anycast: [],
      addresses: ['192.0.2.114'],
      state: 'committed',
      allocated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    await node.endPod(pod);
  });
});
