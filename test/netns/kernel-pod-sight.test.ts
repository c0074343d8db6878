import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '../../src/model/address.ts';
import { answersForGateway, podFaults, podQuestion } from '../../src/wiring/pod-faults.ts';
import type { PodWiring } from '../../src/wiring/pod-wiring.ts';
import { wire } from '../../src/wiring/wire.ts';
import { isRoot } from '../lab/lab.ts';
import { type KernelLab, linkOf, openKernelLab } from './kernel-lab.ts';

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const WIRING: PodWiring = {
  hostInterface: 'flock0badcafe',
  podInterface: 'eth0',
  hostMac: '02:00:00:00:00:0a',
  podMac: '02:00:00:00:00:0b',
  podMacKnown: true,
  mtu: 1500,
  alias: 'flock web eth0 default/web',
  ip6: address('2001:db8:1:1::7'),
  ip4: address('10.1.1.7'),
  anycast: [address('192.0.2.1'), address('2001:db8:ffff::1')],
  addresses: [address('192.0.2.2'), address('2001:db8:ffff::2')],
  routeProtocol: 202,
};

/** What was done in the pod, and what packets it stops. */
const DAMAGES: [script: string, concerns: unknown[]][] = [
  ['true', []],
  ['ip link set eth0 down; ip link set eth0 up', [6, 6, 4, 4, '2001:db8:ffff::2']],
  ['ip addr del 10.1.1.7/32 dev eth0', [4, 4]],
  ['ip addr del 2001:db8:1:1::7/128 dev eth0', [6]],
  ['ip addr flush dev eth0', [6, 4, 4, 4, '192.0.2.2', '2001:db8:ffff::2']],
  ['ip addr del 192.0.2.1/32 dev lo', ['192.0.2.1']],
  ['ip addr del 2001:db8:ffff::2/128 dev eth0', ['2001:db8:ffff::2']],
  ['ip route del default', [4]],
  ['ip -6 route del default', [6]],
  ['ip route replace default dev eth0', [4]],
  ['ip route del 169.254.1.1', []],
  ['ip link set eth0 address 02:00:00:00:00:77', ['all', 4]],
  ['ip neigh replace fe80::1 lladdr 02:00:00:00:00:77 dev eth0', [6]],
  ['ip neigh del 169.254.1.1 dev eth0', [4]],
  ['ip neigh del fe80::1 dev eth0', []],
  ['ip link set eth0 mtu 1000', [6, 6, '2001:db8:ffff::2']],
  ['echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6', [6, 6, '2001:db8:ffff::1', '2001:db8:ffff::2']],
  ['ip link set lo down', ['2001:db8:ffff::1']],
  ['ip link set eth0 down; ip link set eth0 name net7; ip link set net7 up', [6, 6, 4, 4, '2001:db8:ffff::2']],
  ['ip link add other type veth peer name more; ip link set other up; ip route add default dev other metric 5', []],
];

async function look({ kernel, host, podNamespace }: KernelLab): Promise<ReturnType<typeof podFaults>> {
  const { index, peerIndex = 0 } = await linkOf(host, WIRING.hostInterface);
  const sight = kernel.lookIntoPod(podNamespace.path, podQuestion(WIRING, peerIndex));
  return podFaults(WIRING, index, sight, await answersForGateway(host));
}

describe.skipIf(!isRoot)('a look into a pod (needs root)', () => {
  it.each(DAMAGES)('sees what stops packets, and nothing else: %s', async (script, concerns) => {
    await using lab = await openKernelLab('sight');
    await wire(lab.kernel, lab.podNamespace.path, WIRING);
    await lab.podNamespace.exec(['sh', '-c', script]);
    const faults = await look(lab);
    expect(
      faults.map((fault) => fault.concerns),
      JSON.stringify(faults),
    ).toEqual(concerns);
    await wire(lab.kernel, lab.podNamespace.path, WIRING).catch(() => {});
  });

  it('costs and says the same when a pod has filled its tables', async () => {
    await using lab = await openKernelLab('sight-full');
    await wire(lab.kernel, lab.podNamespace.path, WIRING);
    const many = Array.from({ length: 3_000 }, (_, n) => [
      `route add 100.64.${n >> 8}.${n & 255}/32 dev lo`,
      `address add 100.66.${n >> 8}.${n & 255}/32 dev eth0`,
    ]).flat();
    await lab.podNamespace.exec(['ip', '-batch', '-'], { stdin: `${many.join('\n')}\n` });
    const names = Array.from({ length: 200 }, (_, n) => `link property add dev eth0 altname ${'x'.repeat(100)}${n}`);
    await lab.podNamespace.exec(['ip', '-batch', '-'], { stdin: `${names.join('\n')}\n` });
    expect(await look(lab)).toEqual([]);
  });

  it('finds nothing where there is no namespace, or another one', async () => {
    await using lab = await openKernelLab('sight-none');
    await wire(lab.kernel, lab.podNamespace.path, WIRING);
    const question = podQuestion(WIRING, 99);
    expect(lab.kernel.lookIntoPod('/run/netns/there-is-none', question)).toBeUndefined();
    expect(lab.kernel.lookIntoPod('/etc/hostname', question)).toBeUndefined();
    expect(lab.kernel.lookIntoPod(lab.podNamespace.path, question)).toBeUndefined();
    const other = await lab.lab.namespace('other');
    const { index } = await linkOf(lab.host, WIRING.hostInterface);
    expect(podFaults(WIRING, index, lab.kernel.lookIntoPod(other.path, podQuestion(WIRING, 1)), true)).toEqual([]);
  });

  it('leaves nothing in the namespace, which goes with its last process', async () => {
    await using lab = await openKernelLab('sight-held');
    const sandbox = await lab.lab.namespace('gone');
    await wire(lab.kernel, sandbox.path, WIRING);
    for (let looks = 0; looks < 100; looks += 1) lab.kernel.lookIntoPod(sandbox.path, podQuestion(WIRING, 2));
    lab.lab.deleteNamespace(sandbox);
    for (let tries = 0; (await lab.host.link(WIRING.hostInterface)) !== undefined; tries += 1) {
      expect(tries).toBeLessThan(1_000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
});
