import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addLink } from '../../../fakes/kernel-tables.ts';
import { address } from '../../model/fixtures.ts';
import { silentControl } from '../told.ts';
import { EngineWorld } from '../world.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';

function deviceNames(world: EngineWorld): string[] {
  return [...world.kernel.host.tables.links.values()]
    .map(({ name }) => name)
    .filter((name) => name.startsWith('flock'));
}

/** Puts the file's only allocation back to `pending`, as a crash in the middle of ADD leaves it. */
function makePending(world: EngineWorld): void {
  world.writeState(world.readState().replace('"state":"committed"', '"state":"pending"'));
}

describe('the start', () => {
  it('undoes a pending entry with its interface, and frees its address', async () => {
    await using world = new EngineWorld();
    await world.start();
    const { ip4 } = await world.addPod('half');
    await world.stop();
    makePending(world);
    await world.start();
    expect(deviceNames(world)).toEqual([]);
    expect(world.readState()).not.toContain('half');
    expect((await world.wirePod('next', [], true, { cidr4: `${ip4}/32` })).ip4).toBe(ip4);
  });

  it('serves all the same when the kernel keeps an interface that should go, and says so', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('half');
    await world.stop();
    makePending(world);
    addLink(world.kernel.host.tables, { name: 'flock0badcafe', kind: 'veth', mac: '02:00:00:00:00:09', mtu: 1500 });
    world.kernel.host.failWhen(({ kind }) => kind === 'deleteLink', 'EBUSY');
    await world.start();
    expect(world.problem('wiringFailed')).toMatch(/would not delete flock[0-9a-f]{8}.*flock0badcafe/);
    expect(world.readState()).toContain('"state":"pending"');
    world.kernel.host.heal();
    // The runtime's next words about it find it as it is.
    await world.engine.delete({ containerId: 'half', ifname: 'eth0' });
    expect(deviceNames(world)).toEqual(['flock0badcafe']);
  });

  it('leaves a device of another kind alone, whatever its name', async () => {
    await using world = new EngineWorld();
    addLink(world.kernel.host.tables, { name: 'flock0000beef', kind: 'bridge', mac: '02:00:00:00:00:09', mtu: 1500 });
    await world.start();
    expect(deviceNames(world)).toEqual(['flock0000beef']);
    expect(world.engine.snapshot().problems).toEqual([]);
  });

  it('publishes nothing until the pod source has been read', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    await world.stop();
    const given = world.publisher.given.length;
    world.source.synced = false;
    await world.start();
    await world.settled();
    expect(world.publisher.given).toHaveLength(given);
    expect(world.routed()).toEqual([A]);
    world.source.synced = true;
    await world.settled();
    expect(world.publisher.given.slice(given)).toEqual([[A]]);
  });

  it('publishes nothing while a pod is undecided, until patience ends; what is undecided then is withheld', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    await world.addPod('slow', [B]);
    await world.stop();
    const given = world.publisher.given.length;
    world.source.ready.set('default/web', false);
    world.source.ready.set('default/slow', undefined);
    const engine = await world.start({ readinessTimeout: 50 });
    await world.settled();
    expect(world.publisher.given).toHaveLength(given);
    expect(world.routed()).toEqual([A, B]);
    await engine.firstPublish;
    await world.settled();
    expect(world.publisher.accepted).toEqual([]);
    expect(world.routed()).toEqual([]);
  });

  it('counts as done when patience ends, also where the pods can never be read', async () => {
    await using world = new EngineWorld();
    world.source.synced = false;
    const engine = await world.start({ readinessTimeout: 20 });
    await engine.firstPublish;
    expect(world.publisher.given).toEqual([]);
  });

  it('keeps a file that it cannot use, and rebuilds allocations with the router id that BIRD has', async () => {
    await using world = new EngineWorld({ bgp: { asn: 64601 } });
    world.kernel.host.tables.addresses.push({
      ...{ linkIndex: 2, address: address('10.0.0.9'), prefixLength: 24, scope: 'global', tentative: false },
    });
    await world.start();
    const before = await world.addPod('web', [A]);
    await world.stop();
    world.writeState('{"version": 1');
    world.control = silentControl({
      showStatus: async () => ({
        ...{ version: '2.0.12', routerId: '10.0.0.7', currentTime: undefined, lastReboot: undefined },
        ...{ lastReconfiguration: undefined, state: 'running' },
      }),
    });
    await world.start();
    await world.settled();
    expect(world.problem('allocationsSetAside')).toMatch(/not JSON.*rebuilt from the kernel/);
    const [kept = ''] = readdirSync(dirname(world.config.state)).filter((name) => name.includes('set-aside'));
    expect(readFileSync(world.folder.at(kept), 'utf8')).toBe('{"version": 1');
    const { routerId, allocations } = world.ports.store.state;
    expect(routerId).toBe('10.0.0.7');
    expect(allocations).toMatchObject([{ containerId: 'web', ip4: before.ip4, ip6: before.ip6 }]);
    expect(world.publisher.accepted).toEqual([A]);
  });

  it('goes on without a remembered router id where the file cannot be written', async () => {
    await using world = new EngineWorld();
    await world.start();
    await world.addPod('web', [A]);
    await world.stop();
    world.writeState(world.readState().replace(/ {2}"router_id".*\n/, ''));
    await world.start();
    const { update } = world.ports.store;
    Object.assign(world.ports.store, { update: () => Promise.reject(new Error('no space left on device')) });
    world.source.setReady('web', false);
    await world.settled();
    expect(world.publisher.accepted).toEqual([]);
    expect(world.problem('stateUnwritable')).toMatch(/10\.0\.0\.1 is in use but not remembered: no space left/);
    Object.assign(world.ports.store, { update });
    await world.settled();
    expect(world.problem('stateUnwritable')).toBeUndefined();
  });
});
