import { repairTests } from './repair.ts';

repairTests(
  'host',
  [
    ["the host's end is down", ['link set DEVICE down'], /DEVICE is down/],
    ["the host's MAC", ['link set DEVICE address 02:00:00:00:00:01'], /DEVICE has MAC 02:00:00:00:00:01/],
    ["the host's MTU", ['link set DEVICE mtu 1400'], /DEVICE has MTU 1400/],
    ["the host's MTU below what IPv6 needs", ['link set DEVICE mtu 1000'], /DEVICE has MTU 1000/],
    ['the alias', ['link set DEVICE alias nobody'], /DEVICE.*alias/],
    ['no alias', ['link set DEVICE alias EMPTY'], /DEVICE.*alias/],
    ['fe80::1', ['address del fe80::1/64 dev DEVICE'], /DEVICE lacks the address fe80::1\/64/],
    ['a second link-local address', ['address add fe80::2/64 dev DEVICE'], /link-local address fe80::2/],
    ['the kernel makes link-local addresses', ['link set DEVICE addrgenmode eui64'], /generates link-local/],
    ['the IPv4 device route', ['route del IP4/32 dev DEVICE'], /route IP4\/32 .*missing/],
    ['the IPv6 device route', ['-6 route del IP6/128 dev DEVICE'], /route IP6\/128 .*missing/],
    ['the IPv4 route to a claim', ['route del 192.0.2.20'], /no route to 192\.0\.2\.20\/32 via IP4/],
    ['the IPv6 route to a claim', ['-6 route del 2001:db8:ffff::21'], /no route to 2001:db8:ffff::21\/128 via IP6/],
    [
      'a route to a claim that leads elsewhere',
      ['route replace 192.0.2.21 via OTHER4 dev OTHERDEV onlink proto 202'],
      /no route to 192\.0\.2\.21\/32 via IP4/,
    ],
    ['IPv4 device route of global scope', ['route replace IP4/32 dev DEVICE proto 202 scope global'], /route IP4\/32/],
    ['the IPv4 neighbour', ['neigh del IP4 dev DEVICE'], /DEVICE has no permanent neighbour entry for IP4/],
    ['the IPv6 neighbour', ['neigh del IP6 dev DEVICE'], /DEVICE has no permanent neighbour entry for IP6/],
    [
      'another neighbour',
      ['neigh replace IP4 lladdr 02:00:00:00:00:03 dev DEVICE'],
      /DEVICE has no permanent neighbour entry for IP4/,
    ],
    [
      'a neighbour that the kernel may forget',
      ['neigh replace IP6 lladdr 02:00:00:00:00:03 nud reachable dev DEVICE'],
      /DEVICE has no permanent neighbour entry for IP6/,
    ],
    ["the host's end is gone", ['link del DEVICE'], /DEVICE does not exist/],
  ],
  [
    ['net/ipv4/conf/DEVICE/proxy_arp', '0'],
    ['net/ipv4/conf/DEVICE/forwarding', '0'],
    ['net/ipv6/conf/DEVICE/forwarding', '0'],
    ['net/ipv4/neigh/DEVICE/proxy_delay', '80'],
    ['net/ipv6/conf/DEVICE/disable_ipv6', '1'],
    ['net/ipv6/conf/DEVICE/accept_ra', '2'],
    ['net/ipv6/conf/DEVICE/accept_redirects', '1'],
    ['net/ipv4/conf/DEVICE/accept_redirects', '1'],
  ],
);
