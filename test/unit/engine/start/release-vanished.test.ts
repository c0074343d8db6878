import { describe, expect, it } from 'vitest';
import { openAllocationStore } from '../../../../src/allocation/file/store.ts';
import type { EnginePorts, EngineState } from '../../../../src/engine/context.ts';
import { Problems } from '../../../../src/engine/problem-store.ts';
import { reconcileAtStart } from '../../../../src/engine/start/startup.ts';
import { FakeKernel } from '../../../fakes/kernel.ts';
import { silentLogger } from '../../../fakes/silent-logger.ts';
import { TempFolder } from '../../../fakes/temp-folder.ts';
import { allocation } from '../../allocation/fixtures.ts';

const SANDBOX = '/run/netns/stands';
const now = () => new Date('2026-01-02T03:04:05Z');

describe('a start after a reboot', () => {
  it('releases what has neither interface nor sandbox, and keeps what has either', async () => {
    using folder = new TempFolder();
    const kernel = new FakeKernel();
    kernel.addNamespace(SANDBOX);
    const { store } = await openAllocationStore(folder.at('allocations.json'), { node: 'n', now });
    const gone = allocation(1, { netns: '/run/netns/gone' });
    const [stands, wired] = [allocation(2, { netns: SANDBOX }), allocation(3, { netns: SANDBOX })];
    await store.update((state) => ({ ...state, allocations: [gone, stands, wired] }));
    const handle = kernel.openNamespace(SANDBOX);
    const peer = { name: 'eth0', mac: wired.podMac, namespaceFd: handle.fd };
    const veth = { kind: 'createVeth', name: wired.hostInterface, mac: wired.hostMac, mtu: 1500, peer } as const;
    expect(await kernel.host.apply([veth])).toEqual([{ ok: true }]);
    handle.close();

    const ports = { kernel, store, log: silentLogger } as unknown as EnginePorts;
    const state = { problems: new Problems(), reserved: new Map(), released: 0 } as unknown as EngineState;
    const report = await reconcileAtStart(ports, state, undefined);

    expect(report).toMatchObject({ released: ['container1'], removed: [], undone: [] });
    expect(store.state.allocations.map(({ containerId }) => containerId)).toEqual(['container2', 'container3']);
    expect(await kernel.host.link(wired.hostInterface)).toBeDefined();
  });
});
