import { beforeAll, describe, expect, it } from 'vitest';
import { isRoot, type Namespace } from '../../lab/lab.ts';
import type { LabPod } from '../../lab/node.ts';
import { setSysctl, sysctl } from './kernel-state.ts';
import { lonelyWorld, sandbox } from './nodes.ts';
import { expectFirstPackets } from './packets.ts';

/** What a sandbox may have got from its runtime, or from a hardened host (net.core.devconf_inherit_init_net). */
const INHERITED: [path: string, value: string][] = [
  ...['1', '2', '3', '8'].map((value): [string, string] => ['net/ipv4/conf/SCOPE/arp_ignore', value]),
  ['net/ipv4/conf/SCOPE/arp_announce', '2'],
  ['net/ipv4/conf/SCOPE/arp_filter', '1'],
  ['net/ipv4/conf/SCOPE/drop_gratuitous_arp', '1'],
  ['net/ipv4/conf/SCOPE/rp_filter', '1'],
  ['net/ipv4/conf/SCOPE/accept_local', '0'],
  ['net/ipv6/conf/SCOPE/disable_ipv6', '1'],
  ['net/ipv6/conf/SCOPE/hop_limit', '1'],
  ['net/ipv6/conf/SCOPE/accept_dad', '2'],
  ['net/ipv6/conf/SCOPE/forwarding', '1'],
];

const CLAIMS = { anycast: '192.0.2.60,2001:db8:ffff::60', addresses: '192.0.2.61,2001:db8:ffff::61' };

async function inherit(namespace: Namespace, path: string, value: string): Promise<void> {
  for (const scope of ['all', 'default']) await setSysctl(namespace, path.replace('SCOPE', scope), value);
}

describe.skipIf(!isRoot)('sysctls that a sandbox has before ADD (needs root)', () => {
  const world = lonelyWorld('sandbox-sysctls');
  let neighbour: LabPod;

  beforeAll(async () => {
    neighbour = await world().node.runPod({ name: 'neighbour' });
  });

  it.each(INHERITED)('%s = %s stops no packet', async (path, value) => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, `sandbox-${path.split('/').at(-1)}-${value}`);
    await inherit(namespace, path, value);
    const request = { containerId: namespace.name, netns: namespace.path, args: 'K8S_POD_NAME=web' };
    const manifest = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web',
        annotations: Object.fromEntries(
          Object.entries(CLAIMS).map(([key, list]) => [`flock.fritzlab.net/${key}`, list]),
        ),
      },
    };
    const result = await node.add({ ...request, podManifest: manifest });
    try {
      await node.check(request, result);
      const own = result.ips.map(({ address }) => address.split('/')[0]);
      await expectFirstPackets(neighbour.namespace, ...own);
      await expectFirstPackets(namespace, neighbour.ip4, neighbour.ip6);
      if (path.endsWith('hop_limit')) expect(await sysctl(namespace, 'net/ipv6/conf/eth0/hop_limit')).toBe('64');
    } finally {
      await node.del(request);
      await node.removePod({ name: 'web' });
    }
  });

  it('the strict reverse path filter drops nothing that comes over a second interface', async () => {
    const { lab, node } = world();
    const namespace = await sandbox(lab, 'two-interfaces');
    await inherit(namespace, 'net/ipv4/conf/SCOPE/rp_filter', '1');
    const request = { containerId: namespace.name, netns: namespace.path, args: 'K8S_POD_NAME=two' };
    const ends = [await node.add(request), await node.add({ ...request, ifname: 'eth1' })];
    const own = ends.flatMap(({ ips }) => ips.map(({ address }) => address.split('/')[0]));
    expect(own).toHaveLength(4);
    await expectFirstPackets(neighbour.namespace, ...own);
    expect(await sysctl(namespace, 'net/ipv4/conf/eth0/rp_filter')).toBe('1');
    await node.del({ ...request, ifname: 'eth1' });
    await node.del(request);
  });
});
