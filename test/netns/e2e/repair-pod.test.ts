import { repairTests } from './repair.ts';

repairTests(
  'pod',
  [
    ["the pod's end is down", ['link set eth0 down'], /eth0 in the pod is down/],
    ["the pod's loopback is down", ['link set lo down'], /lo in the pod is down/],
    ["the pod's MAC", ['link set eth0 address 02:00:00:00:00:02'], /eth0 in the pod has MAC 02:00:00:00:00:02/],
    ["the pod's MTU", ['link set eth0 mtu 1400'], /eth0 in the pod has MTU 1400/],
    ["the pod's MTU below what IPv6 needs", ['link set eth0 mtu 1000'], /eth0 in the pod has MTU 1000/],
    ["the pod's ARP", ['link set eth0 arp off'], /eth0 in the pod has ARP switched off/],
    ["the pod's IPv4 address", ['address del IP4/32 dev eth0'], /eth0 lacks the address IP4\/32/],
    ["the pod's IPv6 address", ['address del IP6/128 dev eth0'], /eth0 lacks the address IP6\/128/],
    ['every address of the pod', ['address flush dev eth0'], /lacks the address IP6\/128.*lacks the address IP4\/32/],
    ['an IPv4 address', ['address del 192.0.2.21/32 dev eth0'], /eth0 lacks the address 192.0.2.21\/32/],
    ['an IPv6 address', ['address del 2001:db8:ffff::21/128 dev eth0'], /lacks the address 2001:db8:ffff::21\/128/],
    ['an IPv4 anycast address', ['address del 192.0.2.20/32 dev lo'], /lo lacks the address 192.0.2.20\/32/],
    [
      'an IPv6 anycast address',
      ['address del 2001:db8:ffff::20/128 dev lo'],
      /lo lacks the address 2001:db8:ffff::20\/128/,
    ],
    ['the IPv4 default route', ['route del default'], /route 0\.0\.0\.0\/0 via 169\.254\.1\.1 .*missing/],
    ['the IPv6 default route', ['-6 route del default'], /route ::\/0 via fe80::1 .*missing/],
    ['a default route elsewhere', ['route replace default dev eth0'], /route 0\.0\.0\.0\/0 via 169\.254\.1\.1/],
    ['the route to the gateway', ['route del 169.254.1.1'], /route 169\.254\.1\.1\/32 .*missing/],
    ['the IPv4 neighbour', ['neigh del 169.254.1.1 dev eth0'], /neighbour entry for 169\.254\.1\.1/],
    ['the IPv6 neighbour', ['neigh del fe80::1 dev eth0'], /neighbour entry for fe80::1/],
    ['another neighbour', ['neigh replace fe80::1 lladdr 02:00:00:00:00:03 dev eth0'], /neighbour entry for fe80::1/],
    ["the pod's end is gone", ['link del eth0'], /eth0 does not exist in the pod/],
    ["the pod's end bears another name", ['link set eth0 down', 'link set eth0 name eth7'], /eth0 does not exist/],
  ],
  [
    ['net/ipv6/conf/eth0/disable_ipv6', '1'],
    ['net/ipv6/conf/lo/disable_ipv6', '1'],
  ],
);
