import { describe, expect, it } from 'vitest';
import { ownerElsewhere, staleIn } from '../../../src/allocation/networks.ts';
import { EngineWorld } from '../engine/world.ts';
import { allocation } from './fixtures.ts';

const BLUE = { network: 'blue' };
const GREEN = { network: 'green' };

describe('an attachment belongs elsewhere', () => {
  it.each([
    ['another network has it', BLUE, GREEN, 'blue'],
    ['the network that asks has it', BLUE, BLUE, undefined],
    ['nothing says which network has it', {}, GREEN, undefined],
    ['nothing says which network asks', BLUE, {}, undefined],
  ])('when %s', (_when, owned, asking, owner) => {
    expect(ownerElsewhere(owned, asking)).toBe(owner);
  });
});

describe('GC of a network', () => {
  const [one, two] = [allocation(1, BLUE), allocation(2, BLUE)];
  const [other, old] = [allocation(3, GREEN), allocation(4)];
  const all = [one, two, other, old];
  const ids = (network: string, valid: readonly object[], stands = true) =>
    staleIn(network, valid as (typeof one)[], all, () => stands).map(({ containerId }) => containerId);

  it('deletes its own attachments that are not in the list', () => {
    expect(ids('blue', [one])).toEqual(['container2']);
    expect(ids('blue', [])).toEqual(['container1', 'container2']);
  });

  it('tells attachments apart by container and interface', () => {
    expect(ids('blue', [{ ...one, ifname: 'net1' }, two])).toEqual(['container1']);
  });

  it('deletes nothing of a network that it does not know', () => {
    expect(ids('red', [])).toEqual([]);
  });

  it('deletes one without a network only when its sandbox is gone', () => {
    expect(ids('red', [], false)).toEqual(['container4']);
    expect(ids('red', [old], false)).toEqual([]);
  });
});

describe('a second network', () => {
  const web = { containerId: 'web', ifname: 'eth0' };

  async function worldOfBlue(): Promise<EngineWorld> {
    const world = new EngineWorld();
    await world.start();
    world.kernel.addNamespace('/run/netns/web');
    await add(world, 'blue');
    return world;
  }

  const add = (world: EngineWorld, network?: string) =>
    world.engine.add({ ...web, network, netns: '/run/netns/web', pod: { namespace: 'default', name: 'web' } });

  it('cannot add the same interface of the same container, and its DEL leaves it alone', async () => {
    await using world = await worldOfBlue();
    const before = world.ports.store.state.allocations;
    await expect(add(world, 'green')).rejects.toMatchObject({
      code: 'environmentInvalid',
      message: expect.stringMatching(/CNI_IFNAME: interface eth0 of container web .*network blue.* network green/),
    });
    await world.engine.delete({ ...web, network: 'green' });
    expect(world.ports.store.state.allocations).toEqual(before);
    expect(
      world.lines.filter((line) => /^warn DEL of network green deletes nothing.*network blue/.test(line)),
    ).toHaveLength(1);
    await expect(world.engine.check({ ...web, network: 'green' }, '/run/netns/web')).rejects.toMatchObject({
      code: 'sandboxUnknown',
      message: expect.stringMatching(/network blue, not to green/),
    });
    await world.engine.check({ ...web, network: 'blue' }, '/run/netns/web');
    await world.engine.delete({ ...web, network: 'blue' });
    expect(world.ports.store.state.allocations).toEqual([]);
  });

  it('leaves an interface alone that only the alias says is of the first', async () => {
    await using world = await worldOfBlue();
    const [{ hostInterface = '' } = {}] = world.ports.store.state.allocations;
    await world.ports.store.update((state) => ({ ...state, allocations: [] }));
    await world.engine.delete({ ...web, network: 'green' });
    expect(await world.kernel.host.link(hostInterface)).toMatchObject({ alias: 'flock web eth0 default/web blue' });
    await world.engine.delete({ ...web, network: 'blue' });
    expect(await world.kernel.host.link(hostInterface)).toBeUndefined();
  });
});

it('an attachment of an older file is of the network that adds it again', async () => {
  await using world = new EngineWorld();
  await world.start();
  const { hostInterface } = await world.addPod('old');
  expect(world.readState()).not.toContain('"network"');
  const request = { containerId: 'old', ifname: 'eth0', network: 'blue', netns: '/run/netns/old' };
  await world.engine.collect('blue', []);
  await world.engine.add({ ...request, pod: { namespace: 'default', name: 'old' } });
  expect(world.readState()).toContain('"network":"blue"');
  expect(await world.kernel.host.link(hostInterface)).toMatchObject({ alias: 'flock old eth0 default/old blue' });
  await world.engine.collect('blue', []);
  expect(world.ports.store.state.allocations).toEqual([]);
});

it('a repeated ADD with a path that leads to no sandbox changes nothing', async () => {
  await using world = new EngineWorld();
  await world.start();
  const { containerId, ifname, pod } = await world.addPod('web');
  const before = world.readState();
  const request = { containerId, ifname, pod, netns: '/run/netns/gone' };
  await expect(world.engine.add(request)).rejects.toMatchObject({ code: 'sandboxUnknown' });
  expect(world.ports.store.state.allocations).toMatchObject([{ netns: '/run/netns/web' }]);
  expect(world.readState()).toBe(before);
});
