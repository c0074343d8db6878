import { type Action, podAction } from './action.ts';

/** Inside a pod, by whatever has the right to: the pod itself, or who enters its namespace. */
export const POD_ACTIONS: readonly Action[] = [
  podAction('pod-eth0-flapped', () => 'ip link set eth0 down; ip link set eth0 up'),
  podAction(
    'pod-eth0-down',
    () => 'ip link set eth0 down',
    () => 'ip link set eth0 up',
  ),
  podAction('pod-ip4-deleted', ({ ip4 }) => (ip4 === undefined ? undefined : `ip address del ${ip4}/32 dev eth0`)),
  podAction('pod-ip6-deleted', ({ ip6 }) => (ip6 === undefined ? undefined : `ip -6 address del ${ip6}/128 dev eth0`)),
  podAction('pod-claims-deleted', ({ claims }) =>
    claims
      .map(({ address, dev }) => `ip address del ${address}/${address.includes(':') ? 128 : 32} dev ${dev}`)
      .join('; '),
  ),
  podAction('pod-default4-deleted', ({ ip4 }) => (ip4 === undefined ? undefined : 'ip route del default')),
  podAction('pod-default6-deleted', ({ ip6 }) => (ip6 === undefined ? undefined : 'ip -6 route del default')),
  podAction('pod-neighbours-flushed', () => 'ip neigh flush dev eth0 nud permanent'),
  podAction('pod-mac', () => 'ip link set eth0 address 02:00:5e:10:00:03'),
  podAction(
    'pod-arp-ignore',
    () => 'sysctl -qw net.ipv4.conf.all.arp_ignore=8',
    () => 'sysctl -qw net.ipv4.conf.all.arp_ignore=0',
  ),
  podAction(
    'pod-ipv6-disabled',
    ({ ip6 }) => (ip6 === undefined ? undefined : 'sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1'),
    () => 'sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0',
  ),
];
