import { describe, expect, it } from 'vitest';
import type { Allocation } from '../../../../src/allocation/allocation.ts';
import { KernelError } from '../../../../src/kernel/ports.ts';
import { familyOf } from '../../../../src/model/address.ts';
import { removeAddress, type Tables, takeDown } from '../../../fakes/kernel-tables.ts';
import { eventually } from '../../../lab/eventually.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';
const A6 = '2001:db8:ffff::1';

/** The tables of a pod's namespace, and its eth0. */
function insideOf(world: EngineWorld, { hostInterface }: Allocation) {
  const links = [...world.kernel.host.tables.links.values()];
  const peer = links.find((link) => link.name === hostInterface)?.peer;
  const eth0 = peer?.tables.links.get(peer.index);
  if (peer === undefined || eth0 === undefined) throw new Error(`${hostInterface} has no peer`);
  return { tables: peer.tables, eth0 };
}

/** `ip link set eth0 down`, then `up`, in the pod. */
async function flap(world: EngineWorld, pod: Allocation): Promise<void> {
  const { tables, eth0 } = insideOf(world, pod);
  takeDown(tables, eth0);
  const handle = world.kernel.openNamespace(pod.netns);
  await handle.apply([{ kind: 'setLink', linkIndex: eth0.index, up: true }]);
  handle.close();
  world.kernel.announceLinkChange();
}

function withoutDefaultRoute(tables: Tables, family: 4 | 6): void {
  tables.routes = tables.routes.filter(({ destination }) => destination.length > 0 || destination.family !== family);
}

/** A repeated ADD, as for a pod whose wiring is to be put right. */
function addAgain(world: EngineWorld, { containerId, netns, pod }: Allocation): Promise<Allocation> {
  return world.engine.add({ containerId, ifname: 'eth0', netns, pod });
}

const reasons = (world: EngineWorld) =>
  Object.fromEntries(world.engine.reconciler.decisions.map(({ address, reason }) => [address, reason]));

describe("a pod's own end", () => {
  it('that was down for a moment is not announced until ADD has put it right, and says why', async () => {
    await using world = new EngineWorld();
    await world.start();
    const pod = await world.addPod('web', [A, A6]);
    expect(world.publisher.accepted).toEqual([A, A6]);
    await flap(world, pod);
    await world.settled();
    expect(world.publisher.accepted).toEqual([]);
    expect(reasons(world)).toEqual({ [A]: 'podAltered', [A6]: 'podAltered' });
    expect(world.problem('podAltered')).toContain(`default/web (${pod.hostInterface}): eth0 has lost its address`);
    expect(world.problem('podAltered')).toContain('repeat ADD, or restart the pod');
    await addAgain(world, pod);
    await world.settled();
    expect(world.publisher.accepted).toEqual([A, A6]);
    expect(world.problem('podAltered')).toBeUndefined();
    expect(world.lines.filter((line) => /^(warn a pod|info packets).* altered its own end/.test(line))).toHaveLength(2);
  });

  it('is looked at from time to time, and loses only what its alteration concerns', async () => {
    await using world = new EngineWorld();
    await world.start({ podInspection: 20 });
    const pod = await world.addPod('web', [A, A6]);
    withoutDefaultRoute(insideOf(world, pod).tables, 4);
    await eventually(() => world.publisher.accepted.join() === A6, 'only IPv6 is announced');
    expect(reasons(world)).toEqual({ [A]: 'podAltered', [A6]: undefined });
    await addAgain(world, pod);
    await eventually(() => world.publisher.accepted.length === 2, 'both are announced');
    const { tables } = insideOf(world, pod);
    for (const entry of tables.addresses.filter(({ address }) => address === A6)) removeAddress(tables, entry);
    await eventually(() => world.publisher.accepted.join() === A, 'only IPv4 is announced');
    expect(world.problem('podAltered')).toContain(`lo does not have ${A6}`);
  });

  it('that is mended by hand is announced again without any event', async () => {
    await using world = new EngineWorld();
    await world.start({ podInspection: 20 });
    const pod = await world.addPod('web', [A, A6]);
    const { tables, eth0 } = insideOf(world, pod);
    const before = { routes: tables.routes, addresses: tables.addresses, neighbours: tables.neighbours };
    await flap(world, pod);
    await world.settled();
    expect(world.publisher.accepted).toEqual([]);
    Object.assign(tables, before);
    expect(tables.addresses.some(({ linkIndex, address }) => linkIndex === eth0.index && familyOf(address) === 6)).toBe(
      true,
    );
    await eventually(() => world.publisher.accepted.length === 2, 'both are announced');
  });

  it('is looked into once while its link stays as it is, and again when that has lost its carrier', async () => {
    await using world = new EngineWorld();
    await world.start();
    const pod = await world.addPod('web', [A]);
    const other = await world.addPod('other', [A]);
    for (let events = 0; events < 5; events += 1) {
      world.kernel.announceLinkChange();
      await world.settled();
    }
    expect([world.kernel.looks.get(pod.netns), world.kernel.looks.get(other.netns)]).toEqual([1, 1]);
    await flap(world, other);
    await world.settled();
    expect([world.kernel.looks.get(pod.netns), world.kernel.looks.get(other.netns)]).toEqual([1, 2]);
    // The other one still has the address.
    expect(world.publisher.accepted).toEqual([A]);
  });

  it('has its turn among many, and none that claims nothing is looked into', async () => {
    await using world = new EngineWorld();
    await world.start({ podInspection: 2 });
    const pods = await Promise.all(Array.from({ length: 30 }, (_, n) => world.wirePod(`pod${n}`, [A], true)));
    const silent = await world.addPod('silent');
    const looks = () => pods.map(({ netns }) => world.kernel.looks.get(netns) ?? 0);
    await eventually(() => Math.min(...looks()) >= 5, 'each was looked into five times');
    expect(Math.max(...looks()) - Math.min(...looks())).toBeLessThanOrEqual(2);
    expect(world.kernel.looks.has(silent.netns)).toBe(false);
  });

  it('of which nothing can be seen is taken for what it was, and the log says so once', async () => {
    await using world = new EngineWorld();
    await world.start({ podInspection: 10 });
    const pod = await world.addPod('web', [A]);
    world.kernel.lookIntoPod = () => {
      throw new KernelError('the kernel did not answer');
    };
    const lines = () => world.lines.filter((line) => line.includes('cannot be inspected'));
    await eventually(() => lines().length > 0, 'it was tried');
    for (let passes = 0; passes < 5; passes += 1) await world.settled();
    expect(lines()).toEqual([`warn the namespace ${pod.netns} cannot be inspected: the kernel did not answer`]);
    expect(world.publisher.accepted).toEqual([A]);
  });

  it('in a namespace that the path leads to no more says nothing about the pod', async () => {
    await using world = new EngineWorld();
    await world.start({ podInspection: 10 });
    const pod = await world.addPod('web', [A]);
    const looked = world.kernel.looks.get(pod.netns) ?? 0;
    // Held by a process still, as the veth shows.
    const held = world.kernel.openNamespace(pod.netns);
    world.kernel.removeNamespace(pod.netns);
    world.kernel.addNamespace(pod.netns);
    await eventually(() => (world.kernel.looks.get(pod.netns) ?? 0) > looked + 1, 'it was looked at');
    expect(world.publisher.accepted).toEqual([A]);
    held.close();
  });
});
