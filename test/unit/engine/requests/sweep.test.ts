import { mkdirSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { address } from '../../model/fixtures.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';

/** A world whose pool has two IPv4 addresses. */
function smallWorld(): EngineWorld {
  const world = new EngineWorld();
  const state = world.folder.at('state/allocations.json');
  mkdirSync(world.folder.at('state'));
  world.configure({ pools: { ipv4: '10.1.0.0/29' }, defaults: { ipv6: false }, state });
  return world;
}

async function fill(world: EngineWorld): Promise<string[]> {
  const names = ['one', 'two', 'three', 'four', 'five'];
  for (const name of names) await world.addPod(name);
  return names;
}

const known = (world: EngineWorld) => world.ports.store.state.allocations.map(({ containerId }) => containerId).sort();
const vanish = (world: EngineWorld, name: string) => world.kernel.removeNamespace(`/run/netns/${name}`);

/** The file cannot be written until `heal` is called. */
function breakDisk(world: EngineWorld): () => void {
  renameSync(world.folder.at('state'), world.folder.at('away'));
  return () => renameSync(world.folder.at('away'), world.folder.at('state'));
}

describe('the addresses of vanished pods', () => {
  it('come free before an ADD is told that the pool is exhausted', async () => {
    await using world = smallWorld();
    await world.start();
    await fill(world);
    await expect(world.wirePod('six', [], true)).rejects.toMatchObject({ code: 'poolExhausted' });
    const { ip4 } = world.ports.store.state.allocations.find(({ containerId }) => containerId === 'two') ?? {};
    vanish(world, 'two');
    expect((await world.wirePod('six', [], true)).ip4).toBe(ip4);
    expect(known(world)).toEqual(['five', 'four', 'one', 'six', 'three']);
    expect(world.engine.state.released).toBe(1);
    expect(world.lines.filter((line) => line.startsWith('info released'))).toHaveLength(1);
    expect(world.source.wired.map(({ name }) => name)).not.toContain('two');
  });

  it('come free by the regular sweep, and nothing else does', async () => {
    await using world = smallWorld();
    await world.start({ resync: 20 });
    await fill(world);
    vanish(world, 'two');
    await expect.poll(() => known(world)).toEqual(['five', 'four', 'one', 'three']);
    await world.ports.store.idle();
    expect(world.readState()).not.toContain('"two"');
  });

  it('stay while the sandbox stands, or the interface is there under another name', async () => {
    await using world = smallWorld();
    await world.start();
    const names = await fill(world);
    const device = (at: number) => {
      const { hostInterface } = world.ports.store.state.allocations[at] ?? {};
      const link = [...world.kernel.host.tables.links.values()].find(({ name }) => name === hostInterface);
      if (link === undefined) throw new Error('no device');
      return link;
    };
    await world.kernel.host.removeLink(device(0).index);
    Object.assign(device(1), { name: 'renamed0' });
    const handle = world.kernel.openNamespace('/run/netns/two');
    vanish(world, 'two');
    expect(await world.engine.sweep()).toBe(0);
    expect(known(world)).toEqual([...names].sort());
    handle.close();
    expect(await world.engine.sweep()).toBe(1);
  });

  it('stay until the state is complete', async () => {
    await using world = smallWorld();
    await world.start();
    await world.addPod('one');
    world.source.synced = false;
    await world.start();
    await world.settled();
    vanish(world, 'one');
    expect(await world.engine.sweep()).toBe(0);
    world.source.synced = true;
    await world.settled();
    expect(await world.engine.sweep()).toBe(1);
  });

  it('stay while a request for the attachment is in progress', async () => {
    await using world = smallWorld();
    await world.start();
    await world.addPod('one');
    vanish(world, 'one');
    const deleting = world.engine.delete({ containerId: 'one', ifname: 'eth0' });
    expect(await world.engine.sweep()).toBe(0);
    await deleting;
    expect(known(world)).toEqual([]);
  });

  it('stay when the file cannot be written or the kernel does not answer, until both do', async () => {
    await using world = smallWorld();
    await world.start();
    await world.addPod('one');
    vanish(world, 'one');
    const heal = breakDisk(world);
    expect(await world.engine.sweep()).toBe(0);
    expect(known(world)).toEqual(['one']);
    expect(world.lines.at(-1)).toMatch(/^warn not everything .*allocations\.json/);
    heal();
    expect(await world.engine.sweep()).toBe(1);
  });
});

describe('an ADD whose second write fails', () => {
  /** The disk breaks before the write of that number. */
  function breakBefore(world: EngineWorld, number: number): () => void {
    const { store } = world.ports;
    const update = store.update.bind(store);
    let heal = (): void => {};
    let count = 0;
    store.update = async (change) => {
      count += 1;
      if (count === number) heal = breakDisk(world);
      return update(change);
    };
    return () => heal();
  }

  it.each([1, 2])('is undone in the kernel, and in the file once that can be written (write %i)', async (number) => {
    await using world = smallWorld();
    await world.start();
    await world.settled();
    const heal = breakBefore(world, number);
    await expect(world.wirePod('web', [A], true)).rejects.toMatchObject({ code: 'stateUnwritable' });
    expect([...world.kernel.host.tables.links.values()].map(({ name }) => name)).not.toContainEqual(
      expect.stringMatching(/^flock/),
    );
    if (number === 1) {
      expect([known(world), world.problem('stateUnwritable')]).toEqual([[], undefined]);
      heal();
      return;
    }
    expect(known(world)).toEqual([]);
    expect(world.problem('stateUnwritable')).toMatch(/cannot write .*allocations\.json/);
    heal();
    await world.ports.store.idle();
    expect([known(world), world.problem('stateUnwritable')]).toEqual([[], undefined]);
    expect(world.readState()).not.toContain('web');
  });

  it.each(['ADD', 'DEL'])('is out of the file with the %s that comes again', async (verb) => {
    await using world = smallWorld();
    await world.start();
    await world.settled();
    const heal = breakBefore(world, 2);
    await expect(world.wirePod('web', [A], true)).rejects.toThrow();
    heal();
    if (verb === 'ADD') await world.wirePod('web', [A], true);
    else await world.engine.delete({ containerId: 'web', ifname: 'eth0' });
    await world.ports.store.idle();
    expect(world.problem('stateUnwritable')).toBeUndefined();
    expect(world.ports.store.state.allocations).toMatchObject(verb === 'ADD' ? [{ state: 'committed' }] : []);
  });
});

describe('an address that is held for an interface without allocation', () => {
  it('is given out only once the interface is gone', async () => {
    await using world = smallWorld();
    world.configure({ pools: { ipv4: '10.1.0.0/30' }, defaults: { ipv6: false } });
    await world.start();
    const { hostInterface, ip4 } = await world.addPod('lost');
    const link = [...world.kernel.host.tables.links.values()].find(({ name }) => name === hostInterface);
    if (link === undefined) throw new Error('no device');
    await world.stop();
    link.alias = 'somebody else';
    world.writeState('lost');
    await world.start();
    expect([...world.engine.state.reserved]).toEqual([[address(ip4 ?? ''), link.index]]);
    await expect(world.wirePod('next', [], true)).rejects.toMatchObject({ code: 'poolExhausted' });
    vanish(world, 'lost');
    world.kernel.announceLinkChange();
    await world.settled();
    expect((await world.wirePod('next', [], true)).ip4).toBe(ip4);
  });
});
