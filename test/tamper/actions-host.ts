import { type Action, hostEndAction, nodeAction } from './action.ts';
import { NODE_ADDRESS6, PEER, UPLINK } from './plan.ts';

/** A link that goes down, and IPv6 that is switched off, take the addresses of IPv6 along. */
const UPLINK_ADDRESS_BACK = `ip -6 address replace ${NODE_ADDRESS6}/64 dev ${UPLINK} nodad`;

const UPLINK_GONE = { holds: 'uplink', causes: [UPLINK, PEER] };

function sysctl(name: string, key: string, value: number): Action {
  return nodeAction(name, `sysctl -qw ${key}=${value}`);
}

function deviceSysctl(name: string, key: (device: string) => string, value: number): Action {
  return hostEndAction(name, ({ device }) => `sysctl -qw ${key(device)}=${value}`);
}

/** With `sysctl` at the host, and with `ip` at its uplink. */
export const SYSCTL_ACTIONS: readonly Action[] = [
  sysctl('forwarding4-off', 'net.ipv4.ip_forward', 0),
  sysctl('forwarding6-off', 'net.ipv6.conf.all.forwarding', 0),
  sysctl('uplink-forwarding4-off', `net.ipv4.conf.${UPLINK}.forwarding`, 0),
  sysctl('uplink-forwarding6-off', `net.ipv6.conf.${UPLINK}.forwarding`, 0),
  // With 8 the node answers no question of the router's either, which is the operator's own way to cut it off.
  sysctl('arp-ignore-2', 'net.ipv4.conf.all.arp_ignore', 2),
  sysctl('rp-filter-strict', 'net.ipv4.conf.all.rp_filter', 1),
  sysctl('accept-ra-1', `net.ipv6.conf.${UPLINK}.accept_ra`, 1),
  sysctl('hash-policy-0', 'net.ipv4.fib_multipath_hash_policy', 0),
  deviceSysctl('device-forwarding4-off', (device) => `net.ipv4.conf.${device}.forwarding`, 0),
  deviceSysctl('device-forwarding6-off', (device) => `net.ipv6.conf.${device}.forwarding`, 0),
  deviceSysctl('device-proxy-arp-off', (device) => `net.ipv4.conf.${device}.proxy_arp`, 0),
  deviceSysctl('device-ipv6-disabled', (device) => `net.ipv6.conf.${device}.disable_ipv6`, 1),
  deviceSysctl('device-rp-filter-strict', (device) => `net.ipv4.conf.${device}.rp_filter`, 1),
  deviceSysctl('device-accept-ra-2', (device) => `net.ipv6.conf.${device}.accept_ra`, 2),
  nodeAction(
    'uplink-mtu-small',
    `ip link set ${UPLINK} mtu 1000`,
    `ip link set ${UPLINK} mtu 1500; ${UPLINK_ADDRESS_BACK}`,
    UPLINK_GONE,
  ),
  nodeAction(
    'uplink-ipv6-disabled',
    `sysctl -qw net.ipv6.conf.${UPLINK}.disable_ipv6=1`,
    `sysctl -qw net.ipv6.conf.${UPLINK}.disable_ipv6=0; ${UPLINK_ADDRESS_BACK}`,
    UPLINK_GONE,
  ),
  nodeAction(
    'ipv6-disabled',
    'sysctl -qw net.ipv6.conf.all.disable_ipv6=1',
    `sysctl -qw net.ipv6.conf.all.disable_ipv6=0; ${UPLINK_ADDRESS_BACK}`,
    { holds: 'uplink', causes: ['ipv6'] },
  ),
  nodeAction(
    'uplink-down',
    `ip link set ${UPLINK} down`,
    `ip link set ${UPLINK} up; ${UPLINK_ADDRESS_BACK}`,
    UPLINK_GONE,
  ),
  nodeAction(
    'uplink-flapped',
    `ip link set ${UPLINK} down; ip link set ${UPLINK} up; ${UPLINK_ADDRESS_BACK}`,
    undefined,
    UPLINK_GONE,
  ),
];

const DROPS = { holds: 'nft', causes: ['forward', 'nft'] };

function dropTable(family: string): string {
  return `nft "add table ${family} tampered; add chain ${family} tampered f { type filter hook forward priority 0; policy drop; }"`;
}

/** With `nft` at the host's packet filter. */
export const FILTER_ACTIONS: readonly Action[] = [
  nodeAction('forward-dropped', dropTable('inet'), 'nft delete table inet tampered', DROPS),
  nodeAction('forward4-dropped', dropTable('ip'), 'nft delete table ip tampered', DROPS),
  nodeAction('forward6-dropped', dropTable('ip6'), 'nft delete table ip6 tampered', DROPS),
  nodeAction(
    'filter-of-no-harm',
    'nft "add table inet harmless; add chain inet harmless f { type filter hook forward priority 0; policy accept; }"',
    'nft delete table inet harmless',
    { holds: 'harmless' },
  ),
];
