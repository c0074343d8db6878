import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, isRoot, Lab } from '../../lab/lab.ts';
import { routesOf, setSysctl, sysctl } from './kernel-state.ts';
import { lonelyNode } from './nodes.ts';

/** A pod that calls itself the router of its link, every few seconds. BIRD refuses a maximum below 4 s. */
const ROUTER = `log stderr all;
router id 10.66.66.66;
protocol device {}
protocol radv {
	interface "eth0" {
		min ra interval 3;
		max ra interval 4;
		default lifetime 1800;
		prefix 2001:db8:bad::/64 { autonomous on; };
	};
}
`;

describe.skipIf(!isRoot)('a pod that sends router advertisements (needs root)', () => {
  it.each([
    ['of both families', {}],
    ['of IPv4 alone', { ipv6: 'false' }],
  ])(
    'gives the host neither a route nor an address, whatever new interfaces inherit: %s',
    async (_what, annotations) => {
      await using lab = await Lab.create('hostile-router');
      const host = await lab.namespace('node1');
      for (const scope of ['all', 'default']) await setSysctl(host, `net/ipv6/conf/${scope}/accept_ra`, '2');
      const node = await lonelyNode(lab, host);
      const pod = await node.runPod({ name: 'router', annotations });
      const device = pod.result.interfaces[0]?.name ?? '';
      const inside = pod.namespace;
      await inside.exec(['ip', 'address', 'add', 'fe80::bad/64', 'dev', 'eth0', 'nodad']);
      const conf = join(node.dir, 'hostile.conf');
      await writeFile(conf, ROUTER);
      lab.spawn(inside, ['bird', '-f', '-c', conf, '-s', join(node.dir, 'hostile.ctl')]);
      await eventually(async () => (await advertisements()) > 0, 'the host has received an advertisement');
      expect(await routesOf(host, 6, 'proto', 'ra')).toEqual([]);
      expect((await host.exec(['ip', '-6', '-o', 'address', 'show', 'dev', device])).stdout).not.toContain(
        '2001:db8:bad',
      );
      for (const path of [
        'ipv6/conf/DEVICE/accept_ra',
        'ipv6/conf/DEVICE/accept_redirects',
        'ipv4/conf/DEVICE/accept_redirects',
      ])
        expect(await sysctl(host, `net/${path.replace('DEVICE', device)}`)).toBe('0');

      async function advertisements(): Promise<number> {
        const { stdout } = await host.exec(['cat', `/proc/net/dev_snmp6/${device}`]);
        return Number(/^Icmp6InRouterAdvertisements\s+(\d+)$/m.exec(stdout)?.[1] ?? 0);
      }
    },
  );
});
