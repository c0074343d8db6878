import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Allocation } from '../../src/allocation/allocation.ts';
import { openAllocationStore } from '../../src/allocation/file/store.ts';
import { createPublisher } from '../../src/bird/publish/publisher.ts';
import { BirdClient } from '../../src/bird-control/index.ts';
import { pokeAfterConfigure } from '../../src/bird-control/poke.ts';
import type { BirdControl } from '../../src/bird-control/types.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/types.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { openKernel } from '../../src/kernel/kernel.ts';
import { createLogger } from '../../src/log.ts';
import type { Address } from '../../src/model/address.ts';
import { hostInterfaceNames } from '../../src/model/names.ts';
import { wiringOf } from '../../src/wiring/of-allocation.ts';
import { wire } from '../../src/wiring/wire.ts';
import type { Lab, LabBird, Namespace } from '../lab/lab.ts';
import { address } from '../unit/model/fixtures.ts';
import { SwitchedSource } from './flip-source.ts';

/** Most pods of a node, as Kubernetes has it with a larger limit; the addresses are spread over them. */
const MOST_PODS = 250;
/** The pod that flips, with one address of each family. */
export const FLIPPING = { name: 'flipping', addresses: ['192.0.2.1', '2001:db8:ffff::1'] } as const;

export interface RunningEngine {
  switch(ready: boolean): void;
  stop(): Promise<void>;
}

/** Our own engine, with what a benchmark may reach into. */
export interface OwnEngine extends RunningEngine {
  readonly engine: Engine;
  readonly config: Config;
  readonly control: BirdControl;
  readonly bird: LabBird;
}

/** Claimed address number n: every other one is IPv6. */
function claim(n: number): Address {
  const at = n >> 1;
  return n % 2 === 0
    ? address(`198.${18 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`)
    : address(`2001:db8:fffe::${at.toString(16)}`);
}

/**
 * The real engine in this process, with the kernel of a namespace, a real BIRD and wired pods that claim `count`
 * addresses, beside the pod that flips.
 */
export async function startEngine(lab: Lab, node: Namespace, count: number, peer: string): Promise<OwnEngine> {
  const dir = join(lab.dir, 'engine');
  await mkdir(dir, { recursive: true });
  const birdConfig = join(dir, 'bird.conf');
  const text = JSON.stringify({
    node: 'bench',
    pools: { ipv4: '10.1.0.0/16', ipv6: '2001:db8:1:1::/64' },
    advertise: { allow: [{ prefixes: ['192.0.2.0/24', '198.18.0.0/15', '2001:db8:fffe::/47'], namespaces: ['*'] }] },
    bgp: { asn: 64601, peers: [{ name: 'tor', address: peer, asn: 64600, families: ['ipv4', 'ipv6'] }] },
    bird: { socket: join(dir, 'bird.ctl'), config: birdConfig, templates: join(dir, 'templates') },
    state: join(dir, 'allocations.json'),
  });
  const config = parseConfig(text, { hostname: 'bench' });
  const bird = await lab.bird(node, 'log stderr all;\nprotocol device {}\nrouter id 10.0.0.1;\n', { name: 'node' });
  const kernel = openKernel({ hostNamespace: node.path });
  const { store } = await openAllocationStore(config.state, { node: 'bench', now: () => new Date() });
  const pods = Math.min(MOST_PODS, Math.ceil(count / 4));
  const names = [FLIPPING.name, ...Array.from({ length: pods }, (_, n) => `pod${n}`)];
  const allocations: Allocation[] = [];
  for (const [n, name] of names.entries()) {
    const sandbox = await lab.namespace(`p${n}`);
    const claims = name === FLIPPING.name ? FLIPPING.addresses.map(address) : claimsOf(n - 1, pods, count);
    allocations.push(allocation(name, n, sandbox.path, claims));
  }
  for (const one of allocations) await wire(kernel, one.netns, wiringOf(one, config));
  await store.update((state) => ({ ...state, allocations }));
  const control = new BirdClient({ socket: bird.socket });
  const log = createLogger('error');
  const now = () => new Date();
  const poke = () => pokeAfterConfigure(control);
  const publisher = createPublisher({ config: bird.configPath, control, now, log, poke });
  const source = new SwitchedSource(names);
  const random = () => 0n;
  const engine = await createEngine({ kernel, store, source, publisher, control, log, now, random }, config, 'bench');
  await engine.start(undefined);
  await engine.firstPublish;
  return {
    ...{ engine, config, control, bird },
    switch: (ready) => source.switch(FLIPPING.name, ready),
    async stop() {
      await engine.stop();
      control.close();
      kernel.close();
    },
  };
}

function claimsOf(pod: number, pods: number, count: number): Address[] {
  const claims: Address[] = [];
  for (let n = pod; n < count; n += pods) claims.push(claim(n));
  return claims;
}

function allocation(name: string, n: number, netns: string, anycast: readonly Address[]): Allocation {
  const [hostInterface = ''] = hostInterfaceNames(name);
  const tail = n.toString(16).padStart(4, '0');
  const mac = (side: string) => `02:00:00:${side}:${tail.slice(0, 2)}:${tail.slice(2)}`;
  return {
    containerId: name,
    ifname: 'eth0',
    pod: { namespace: 'default', name },
    netns,
    hostInterface,
    hostMac: mac('01'),
    podMac: mac('02'),
    mtu: 1500,
    ip6: address(`2001:db8:1:1::${(n + 2).toString(16)}`),
    ip4: address(`10.1.${(n + 2) >> 8}.${(n + 2) & 255}`),
    anycast,
    addresses: [],
    communities: [],
    state: 'committed',
    allocatedAt: new Date().toISOString(),
  };
}
