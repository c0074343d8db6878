import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { cniError } from './calls.ts';
import { allocationsOf, everything, ip, type ShownLink } from './kernel-state.ts';
import { lonelyWorld } from './nodes.ts';

/** The key of CNI 1.1.0. */
const KEY = 'cni.dev/valid-attachments';
/** What the first release of libcni with GC sends. */
const OLD_KEY = 'cni.dev/attachments';

describe.skipIf(!isRoot)('GC (needs root)', () => {
  const world = lonelyWorld('cni-gc');
  let rounds = 0;

  async function three(annotations: Record<string, string> = {}): Promise<[LabPod, LabPod, LabPod]> {
    const { node } = world();
    rounds += 1;
    const run = (name: string) => node.runPod({ name: `${name}${rounds}`, annotations });
    return [await run('a'), await run('b'), await run('c')];
  }

  const gc = (more: object) => world().node.plugin('GC', undefined, { ...world().node.netconf(), ...more });
  const attachment = (pod: LabPod, ifname = 'eth0') => ({ containerID: pod.request.containerId, ifname });
  const devices = async (): Promise<string[]> =>
    (await ip<ShownLink>(world().node.namespace, 'link', 'show'))
      .map(({ ifname }) => ifname)
      .filter((name) => name.startsWith('flock'));
  const containers = async (): Promise<string[]> =>
    (await allocationsOf(world().node)).map(({ container_id }) => container_id).sort();

  it('with a list keeps what is in it, by container and interface, and deletes the rest', async () => {
    const { node } = world();
    const [a, b, c] = await three({ anycast: '192.0.2.80' });
    const second = { ...a.request, ifname: 'net1' };
    await node.add(second);
    expect(await gc({ [KEY]: [attachment(a), attachment(c, 'eth7')] })).toMatchObject({ code: 0, stdout: '' });
    expect(await containers()).toEqual([a.request.containerId]);
    expect(await devices()).toEqual([a.result.interfaces[0]?.name]);
    await node.check(a.request, a.result);
    for (const pod of [b, c]) {
      expect((await ip<ShownLink>(pod.namespace, 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo']);
    }
    await node.del(a.request);
  });

  it.each([KEY, OLD_KEY])('with an empty list in %s deletes everything', async (key) => {
    await three();
    expect(await gc({ [key]: [] })).toMatchObject({ code: 0, stdout: '' });
    expect([await containers(), await devices()]).toEqual([[], []]);
  });

  it.each([
    ['without the key', {}],
    ['with null', { [KEY]: null }],
  ])('%s deletes nothing', async (_how, more) => {
    const pods = await three();
    const before = await everything(world().node);
    expect(await gc(more)).toMatchObject({ code: 0, stdout: '' });
    expect(await everything(world().node)).toEqual(before);
    for (const pod of pods) await world().node.del(pod.request);
  });

  it('touches no attachment of another network, whatever the list', async () => {
    const { node } = world();
    const [a, b, c] = await three();
    const green = { ...node.netconf(), name: 'green' };
    const second = { ...a.request, ifname: 'net1' };
    const ofGreen = await node.add(second, green);
    const before = await everything(node);
    for (const pods of [[a, b, c], []]) {
      expect(await gc({ name: 'red', [KEY]: pods.map((pod) => attachment(pod)) })).toMatchObject({
        code: 0,
        stdout: '',
      });
      expect(await everything(node)).toEqual(before);
    }
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 0, stdout: '' });
    expect(await allocationsOf(node)).toMatchObject([{ ifname: 'net1', network: 'green' }]);
    expect(await devices()).toEqual([ofGreen.interfaces[0]?.name]);
    expect(await gc({ name: 'green', [KEY]: [] })).toMatchObject({ code: 0, stdout: '' });
    expect([await containers(), await devices()]).toEqual([[], []]);
  });

  it('knows the network of an attachment whose allocations file is lost', async () => {
    const { node } = world();
    const [a, b] = await three();
    const green = { ...node.netconf(), name: 'green' };
    await node.del(a.request);
    await node.add(a.request, green);
    await node.stopDaemon();
    await writeFile(node.path('state', 'allocations.json'), 'lost');
    await node.startDaemon();
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 0 });
    expect(await allocationsOf(node)).toMatchObject([{ container_id: a.request.containerId, network: 'green' }]);
    expect(await gc({ name: 'green', [KEY]: [] })).toMatchObject({ code: 0 });
    expect([await containers(), await devices()]).toEqual([[], []]);
    await node.del(b.request);
  });

  it('leaves attachments of a version that stored no network alone, while their sandbox stands', async () => {
    const { node, lab } = world();
    const [a, b, c] = await three();
    await node.stopDaemon();
    const path = node.path('state', 'allocations.json');
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('"network":"flock",', ''));
    await node.startDaemon();
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 0 });
    expect(await containers()).toEqual([a, b, c].map(({ request }) => request.containerId).sort());
    lab.deleteNamespace(c.namespace);
    await eventually(async () => (await devices()).length === 2, 'the veth of the third goes with its sandbox');
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 0 });
    expect(await containers()).toEqual([a, b].map(({ request }) => request.containerId).sort());
    for (const pod of [a, b]) await node.del(pod.request);
  });

  it.each([
    ['a text', 'all'],
    ['an object', { containerID: 'a', ifname: 'eth0' }],
    ['an attachment without interface', [{ containerID: 'a' }]],
    ['an attachment without container', [{ ifname: 'eth0' }]],
    ['a number for a container', [{ containerID: 1, ifname: 'eth0' }]],
  ])('with %s in place of the list is error 7 and deletes nothing', async (_what, value) => {
    const pods = await three();
    const before = await everything(world().node);
    expect(cniError(await gc({ [KEY]: value }))).toMatchObject({ code: 7, msg: expect.stringContaining(KEY) });
    expect(await everything(world().node)).toEqual(before);
    for (const pod of pods) await world().node.del(pod.request);
  });
});
