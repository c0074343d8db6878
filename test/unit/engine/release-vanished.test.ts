import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAllocationStore } from '../../../src/allocation/store.ts';
import type { Allocation } from '../../../src/allocation/types.ts';
import type { EnginePorts, EngineState } from '../../../src/engine/context.ts';
import { reconcileAtStart } from '../../../src/engine/startup.ts';
import { silentLogger } from '../../../src/log.ts';
import { FakeKernel } from '../../fakes/kernel.ts';

const SANDBOX = '/run/netns/stands';
const now = () => new Date('2026-01-02T03:04:05Z');

function allocation(n: number, netns: string): Allocation {
  return {
    containerId: `c${n}`,
    ifname: 'eth0',
    pod: { namespace: 'default', name: `p${n}` },
    netns,
    hostInterface: `flock0000000${n}`,
    hostMac: `02:00:00:00:01:0${n}`,
    podMac: `02:00:00:00:02:0${n}`,
    mtu: 1500,
    ip6: undefined,
    ip4: undefined,
    anycast: [],
    addresses: [],
    communities: [],
    state: 'committed',
    allocatedAt: now().toISOString(),
  };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flock-start-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a start after a reboot', () => {
  it('releases what has neither interface nor sandbox, and keeps what has either', async () => {
    const kernel = new FakeKernel();
    kernel.addNamespace(SANDBOX);
    const { store } = await openAllocationStore(join(folder, 'allocations.json'), { node: 'n', now });
    const [gone, stands, wired] = [allocation(1, '/run/netns/gone'), allocation(2, SANDBOX), allocation(3, SANDBOX)];
    await store.update((state) => ({ ...state, allocations: [gone, stands, wired] }));
    const handle = kernel.openNamespace(SANDBOX);
    const peer = { name: 'eth0', mac: wired.podMac, namespaceFd: handle.fd };
    const veth = { kind: 'createVeth', name: wired.hostInterface, mac: wired.hostMac, mtu: 1500, peer } as const;
    expect(await kernel.host.apply([veth])).toEqual([{ ok: true }]);
    handle.close();

    const ports = { kernel, store, log: silentLogger } as unknown as EnginePorts;
    const state = { problems: new Map(), held: new Set() } as unknown as EngineState;
    const report = await reconcileAtStart(ports, state, undefined);

    expect(report).toMatchObject({ released: ['c1'], removed: [], undone: [] });
    expect(store.state.allocations.map(({ containerId }) => containerId)).toEqual(['c2', 'c3']);
    expect(await kernel.host.link(wired.hostInterface)).toBeDefined();
  });
});
