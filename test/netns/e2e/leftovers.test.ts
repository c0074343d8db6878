import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab, type Namespace } from '../../lab/lab.ts';
import type { FlockNode } from '../../lab/node.ts';
import { failureOf } from './calls.ts';
import { allocationsOf, hostState, ip, linkOf, type ShownLink } from './kernel-state.ts';
import { lonelyNode, lonelyWorld, sandbox } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

const NAME = 'flockbf9cf968';
const CONTAINER = 'foobar';

async function devices(namespace: Namespace): Promise<string[]> {
  return (await ip<ShownLink>(namespace, 'link', 'show')).map(({ ifname }) => ifname).filter((name) => name !== 'lo');
}

describe.skipIf(!isRoot)('what is left half-done by a crash, found by ADD (needs root)', () => {
  const world = lonelyWorld('leftovers');
  let sandboxes = 0;

  /** ADD in a sandbox and on a host that `prepare` has spoilt; then packets, CHECK and DEL must be as ever. */
  async function wiredAllTheSame(prepare: (host: Namespace, pod: Namespace) => Promise<unknown>): Promise<void> {
    const { lab, node } = world();
    sandboxes += 1;
    const namespace = await sandbox(lab, `sandbox${sandboxes}`);
    await prepare(node.namespace, namespace);
    const request = { containerId: CONTAINER, netns: namespace.path };
    const result = await node.add(request);
    expect(result.interfaces.map(({ name }) => name)).toEqual([NAME, 'eth0']);
    await expectFirstPackets(namespace, 'fe80::1%eth0');
    const neighbour = await node.runPod({ name: `neighbour${sandboxes}` });
    await expectFirstPackets(neighbour.namespace, ...result.ips.map(({ address }) => address.split('/')[0]));
    await node.check(request, result);
    const host = await linkOf(node.namespace, NAME);
    expect(host.addr_info.map(({ local }) => local)).toEqual(['fe80::1']);
    await node.del(request);
    expect(await devices(namespace)).toEqual([]);
    expect(await devices(node.namespace)).not.toContain(NAME);
  }

  /** What a failed ADD must not change. Of the file only the allocations: the next try begins behind the address tried. */
  async function kernelAndAllocations(): Promise<unknown> {
    return [await hostState(world().node.namespace), await allocationsOf(world().node)];
  }

  it('a veth with our name and no peer in the sandbox is removed', () =>
    wiredAllTheSame((host) => host.exec(['ip', 'link', 'add', NAME, 'type', 'veth', 'peer', 'name', 'stray0'])));

  it('a veth with our name whose peer is in another sandbox is removed', () =>
    wiredAllTheSame(async (host) => {
      const other = await sandbox(world().lab, 'elsewhere');
      await host.exec(['ip', 'link', 'add', NAME, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', other.name]);
    }));

  it('a veth with our name whose peer has another name in the sandbox is removed', () =>
    wiredAllTheSame((host, pod) =>
      host.exec(['ip', 'link', 'add', NAME, 'type', 'veth', 'peer', 'name', 'veth0', 'netns', pod.name]),
    ));

  it('the pair alone, with nothing on it yet, is finished', () =>
    wiredAllTheSame((host, pod) =>
      host.exec(['ip', 'link', 'add', NAME, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod.name]),
    ));

  it('the pair up, with link-local addresses that the kernel made, is finished', () =>
    wiredAllTheSame(async (host, pod) => {
      await host.exec(['ip', 'link', 'add', NAME, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod.name]);
      await pod.exec(['ip', 'link', 'set', 'eth0', 'up']);
      await host.exec(['ip', 'link', 'set', NAME, 'up']);
      await eventually(async () => (await linkOf(host, NAME)).addr_info.length > 0, 'the kernel makes fe80::…');
    }));

  it('a device of another kind with our name is never removed, and ADD says so', async () => {
    const { lab, node } = world();
    await node.namespace.exec(['ip', 'link', 'add', NAME, 'type', 'bridge']);
    const before = await kernelAndAllocations();
    const namespace = await sandbox(lab, 'other-kind');
    const failure = await failureOf(node.add({ containerId: CONTAINER, netns: namespace.path }));
    expect(failure).toMatchObject({ code: 104, message: expect.stringContaining(NAME) });
    expect(await devices(namespace)).toEqual([]);
    expect(await kernelAndAllocations()).toEqual(before);
    await node.del({ containerId: CONTAINER, netns: namespace.path });
    expect(await devices(node.namespace)).toContain(NAME);
    await node.namespace.exec(['ip', 'link', 'del', NAME]);
  });

  it('an eth0 in the sandbox that is not ours is never removed, and ADD says so', async () => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, 'taken');
    await namespace.exec(['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'own1']);
    const before = await kernelAndAllocations();
    const failure = await failureOf(node.add({ containerId: CONTAINER, netns: namespace.path }));
    expect(failure).toMatchObject({ code: 104, message: expect.stringContaining('eth0') });
    expect((await devices(namespace)).sort()).toEqual(['eth0', 'own1']);
    expect(await kernelAndAllocations()).toEqual(before);
  });
});

/** Replaces the state of one allocation in a stopped node's file, as a crash in mid-ADD leaves it. */
async function makePending(node: FlockNode, containerId: string): Promise<void> {
  const path = node.path('state', 'allocations.json');
  const file = JSON.parse(await readFile(path, 'utf8')) as { allocations: { container_id: string; state: string }[] };
  for (const allocation of file.allocations) {
    if (allocation.container_id === containerId) allocation.state = 'pending';
  }
  await writeFile(path, JSON.stringify(file));
}

describe.skipIf(!isRoot)('what is left half-done by a crash, found by the next start (needs root)', () => {
  it('a pending entry is undone with its veth, a committed one stays as it is, and both pods can be added', async () => {
    await using lab = await Lab.create('pending');
    const node = await lonelyNode(lab, 'node1');
    const [half, whole] = [await node.runPod({ name: 'half' }), await node.runPod({ name: 'whole' })];
    const kept = whole.result.interfaces[0]?.name ?? '';
    const index = (await linkOf(node.namespace, kept)).ifindex;
    await node.stopDaemon('SIGKILL');
    await makePending(node, half.request.containerId);
    await node.startDaemon();
    expect((await allocationsOf(node)).map(({ pod_name }) => pod_name)).toEqual(['whole']);
    expect(await devices(half.namespace)).toEqual([]);
    expect(await devices(node.namespace)).toEqual([kept]);
    expect((await linkOf(node.namespace, kept)).ifindex).toBe(index);
    await node.check(whole.request, whole.result);
    const again = await node.add(half.request);
    await node.check(half.request, again);
    await expectFirstPackets(whole.namespace, ...again.ips.map(({ address }) => address.split('/')[0]));
  });

  it('an interface of ours that the file lacks is removed, one that only looks like it stays', async () => {
    await using lab = await Lab.create('unknown-interface');
    const node = await lonelyNode(lab, 'node1');
    await node.stopDaemon();
    for (const [name, peer] of [
      ['flock0badcafe', 'p0'],
      ['flock0', 'p1'],
      ['flockABCDEF01', 'p2'],
    ] as const) {
      await node.namespace.exec(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', peer]);
    }
    await node.startDaemon();
    expect((await devices(node.namespace)).sort()).toEqual(['flock0', 'flockABCDEF01', 'p1', 'p2']);
  });

  it('kill -9 in the middle of many ADDs leaves nothing that the next ADDs and DELs do not put right', async () => {
    await using lab = await Lab.create('kill');
    const node = await lonelyNode(lab, 'node1');
    const numbers = [...Array(12).keys()];
    const namespaces = await Promise.all(numbers.map((number) => sandbox(lab, `pod${number}`)));
    const requests = namespaces.map((namespace, number) => ({ containerId: `pod${number}`, netns: namespace.path }));
    const [killer, ...others] = requests;
    if (killer === undefined) throw new Error('no request');
    const first = node.add(killer);
    const rest = others.map((request) => node.plugin('ADD', request));
    await first;
    await node.stopDaemon('SIGKILL');
    const interrupted = (await Promise.all(rest)).filter(({ code }) => code !== 0);
    for (const { stdout } of interrupted) expect(JSON.parse(stdout)).toMatchObject({ code: 11 });
    await node.startDaemon();
    expect((await allocationsOf(node)).map(({ state }) => state)).not.toContain('pending');
    const results = await Promise.all(requests.map((request) => node.add(request)));
    const addresses = results.flatMap(({ ips }) => ips.map(({ address }) => address));
    expect(new Set(addresses).size).toBe(24);
    await Promise.all(requests.map((request, number) => node.check(request, results[number] ?? neverAdded())));
    await Promise.all(requests.map((request) => node.del(request)));
    expect(await devices(node.namespace)).toEqual([]);
    expect(await allocationsOf(node)).toEqual([]);
  });

  it('after a reboot (file there, interfaces gone) ADD wires the pod again, and DEL releases it', async () => {
    await using lab = await Lab.create('reboot');
    const node = await lonelyNode(lab, 'node1');
    const [one, two] = [await node.runPod({ name: 'one' }), await node.runPod({ name: 'two' })];
    await node.stopDaemon('SIGKILL');
    for (const pod of [one, two]) await pod.namespace.exec(['ip', 'link', 'del', 'eth0']);
    await node.startDaemon();
    expect(await node.add(one.request)).toEqual(one.result);
    await node.check(one.request, one.result);
    await node.del(two.request);
    expect((await allocationsOf(node)).map(({ pod_name }) => pod_name)).toEqual(['one']);
  });
});

function neverAdded(): never {
  throw new Error('an ADD without a result');
}
