import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openKernel } from '../../src/kernel/kernel.ts';
import { dropsAll } from '../../src/wiring/host/forward-filter.ts';
import { isRoot, Lab } from '../lab/lab.ts';

const CHAIN = (policy: string) => `add chain inet t f { type filter hook forward priority 0 ; policy ${policy} ; }`;

const hasPrograms = ['nft', 'iptables-nft'].every((program) => spawnSync(program, ['--version']).error === undefined);

describe.skipIf(!isRoot || !hasPrograms)('the packet filter of a host (needs root, nft and iptables)', () => {
  it.each<[what: string, commands: string[], drops: boolean]>([
    ['nothing', [], false],
    ['a chain with the policy drop', [`nft add table inet t`, `nft ${CHAIN('drop')}`], true],
    ['a chain with the policy accept', ['nft add table inet t', `nft ${CHAIN('accept')}`], false],
    [
      'a chain that accepts others',
      [
        'nft add table inet t',
        `nft ${CHAIN('drop')}`,
        'nft add rule inet t f ct state established,related accept',
        'nft add rule inet t f iifname docker0 accept',
        'nft add rule inet t f counter log',
      ],
      true,
    ],
    [
      'a chain that accepts pods',
      ['nft add table inet t', `nft ${CHAIN('drop')}`, 'nft add rule inet t f oifname flock* accept'],
      false,
    ],
    [
      'a chain that may accept them',
      ['nft add table inet t', `nft ${CHAIN('drop')}`, 'nft add rule inet t f ip daddr 192.0.2.0/24 accept'],
      false,
    ],
    [
      'a chain with a map of verdicts',
      ['nft add table inet t', `nft ${CHAIN('drop')}`, 'nft add rule inet t f iifname vmap { eth0 : accept }'],
      false,
    ],
    [
      'a rule that rejects',
      ['nft add table ip t', `nft ${CHAIN('accept').replaceAll('inet', 'ip')}`, 'nft add rule ip t f reject'],
      true,
    ],
    ['iptables with the policy DROP', ['iptables-nft -P FORWARD DROP'], true],
    [
      'iptables as Docker leaves it',
      [
        'iptables-nft -P FORWARD DROP',
        'iptables-nft -N DOCKER',
        'iptables-nft -A FORWARD -j DOCKER',
        'iptables-nft -A DOCKER -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        'iptables-nft -A DOCKER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        'iptables-nft -A DOCKER -i docker0 -j ACCEPT',
        'iptables-nft -A DOCKER -j RETURN',
      ],
      true,
    ],
    [
      'iptables that accepts pods',
      ['iptables-nft -P FORWARD DROP', 'iptables-nft -A FORWARD -o flock+ -j ACCEPT'],
      false,
    ],
  ])('%s', async (_what, commands, drops) => {
    await using lab = await Lab.create('filter');
    const host = await lab.namespace('host');
    const kernel = openKernel({ hostNamespace: host.path });
    try {
      const before = await kernel.host.forwardFilter();
      for (const command of commands) {
        const [program = '', ...rest] = command.split(' ');
        await host.exec(program === 'nft' ? ['nft', rest.join(' ')] : [program, ...rest]);
      }
      const filter = await kernel.host.forwardFilter(commands.length === 0 ? undefined : before?.generation);
      const packet = { family: 4, from: 'eth0', to: 'flock0e1262eb' } as const;
      expect(filter?.chains.some((chain) => dropsAll(chain, packet))).toBe(drops);
      expect(await kernel.host.forwardFilter(filter?.generation)).toBeUndefined();
    } finally {
      kernel.close();
    }
  });
});
