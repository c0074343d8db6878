import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostInterfaceNames } from '../../../../src/model/names.ts';
import { addLink } from '../../../fakes/kernel-tables.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';
const key = (containerId: string) => ({ containerId, ifname: 'eth0' });

function deviceNames(world: EngineWorld): string[] {
  return [...world.kernel.host.tables.links.values()]
    .map(({ name }) => name)
    .filter((name) => name.startsWith('flock'));
}

/** A veth that an earlier flockd has made for a container, with this alias. */
function leftover(world: EngineWorld, containerId: string, alias: string | undefined): void {
  const [name = ''] = hostInterfaceNames(containerId);
  const link = addLink(world.kernel.host.tables, { name, kind: 'veth', mac: '02:00:00:00:00:09', mtu: 1500 });
  link.alias = alias;
}

describe('DEL', () => {
  it('withdraws, and BIRD has confirmed it, before the interface goes and the address is free', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    const seen: string[] = [];
    world.publisher.meanwhile = (set) => {
      seen.push(
        `${set.join() || 'nothing'} with ${deviceNames(world).length} devices, ${world.routed().length} routes`,
      );
    };
    await world.engine.delete(key('web'));
    expect(seen).toEqual(['nothing with 1 devices, 1 routes']);
    expect(deviceNames(world)).toEqual([]);
    expect(world.ports.store.state.allocations).toEqual([]);
  });

  it('returns although BIRD refuses, and although the kernel has nothing to say about routes', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('one', [A]);
    await world.addPod('two', [A]);
    world.publisher.refusal = { ok: false, code: 'birdUnavailable', message: 'away' };
    await world.engine.delete(key('one'));
    world.kernel.host.failWhen(({ kind }) => kind !== 'deleteLink', 'EBUSY');
    await world.engine.delete(key('two'));
    expect(deviceNames(world)).toEqual([]);
    expect(world.ports.store.state.allocations).toEqual([]);
  });

  it('tells the runtime when the kernel keeps the interface, keeps the allocation, and works when it comes again', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    world.kernel.host.failWhen(({ kind }) => kind === 'deleteLink', 'EBUSY', 1);
    await expect(world.engine.delete(key('web'))).rejects.toThrow(/would not delete flock/);
    expect(world.ports.store.state.allocations).toHaveLength(1);
    await world.engine.delete(key('web'));
    expect(deviceNames(world)).toEqual([]);
  });

  it('releases although the file cannot be written, which is told, and makes good for it when it can', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    const text = world.readState();
    // A folder in the place of the file, with something in it: no rename gets past that.
    rmSync(world.config.state);
    mkdirSync(join(world.config.state, 'in-the-way'), { recursive: true });
    await world.engine.delete(key('web'));
    expect(deviceNames(world)).toEqual([]);
    expect(world.ports.store.state.allocations).toEqual([]);
    expect(world.problem('stateUnwritable')).toContain('cannot write');
    await expect(world.wirePod('next', [], true)).rejects.toMatchObject({ code: 'stateUnwritable' });
    expect(deviceNames(world)).toEqual([]);
    await world.engine.delete(key('web'));
    rmSync(world.config.state, { recursive: true });
    world.writeState(text);
    await expect.poll(() => world.problem('stateUnwritable'), { timeout: 10_000 }).toBeUndefined();
    expect(world.readState()).toContain('"allocations": []');
  });

  it('that the file never learned of is found out by the next start', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    const text = world.readState();
    await world.engine.delete(key('web'));
    await world.stop();
    world.writeState(text);
    world.kernel.removeNamespace('/run/netns/web');
    await world.start();
    expect(world.ports.store.state.allocations).toEqual([]);
  });

  it('removes what a crash has left of a container: by its alias, or by its name where that is no other one’s', async () => {
    await using world = new EngineWorld();
    await world.start();
    leftover(world, 'known', 'flock known eth0 default/known');
    leftover(world, 'bare', undefined);
    leftover(world, 'other', 'flock somebody eth0 default/somebody');
    for (const containerId of ['known', 'bare', 'other', 'never-there']) await world.engine.delete(key(containerId));
    const [kept] = hostInterfaceNames('other');
    expect(deviceNames(world)).toEqual([kept]);
  });

  it('takes nothing of an attachment that bears the name which is looked for', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { hostInterface } = await world.addPod('web');
    const link = [...world.kernel.host.tables.links.values()].find(({ name }) => name === hostInterface);
    if (link !== undefined) link.alias = undefined;
    await world.engine.delete({ containerId: 'web', ifname: 'net1' });
    expect(deviceNames(world)).toEqual([hostInterface]);
  });
});
