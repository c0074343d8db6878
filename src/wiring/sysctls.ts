import type { PodWiring } from './types.ts';

/**
 * Sysctls of the host's end, by path under /proc/sys (Documentation/networking/ip-sysctl.rst):
 * proxy_arp answers for the pod's IPv4 gateway, which no interface has; proxy_delay 0, or that answer comes up to
 * 0.8 s late; forwarding lets packets through both ways. IPv6 must be on even where the host's default is off.
 */
export function hostSysctls(wiring: PodWiring): ReadonlyMap<string, string> {
  const name = wiring.hostInterface;
  return new Map([
    [`net/ipv6/conf/${name}/disable_ipv6`, '0'],
    [`net/ipv4/conf/${name}/proxy_arp`, '1'],
    [`net/ipv4/neigh/${name}/proxy_delay`, '0'],
    [`net/ipv4/conf/${name}/forwarding`, '1'],
    [`net/ipv6/conf/${name}/forwarding`, '1'],
  ]);
}

/** Sysctls of the pod's end: some runtimes switch IPv6 off in every sandbox, and then no address can be added. */
export function podSysctls(wiring: PodWiring): ReadonlyMap<string, string> {
  const wanted = new Map<string, string>();
  if (wiring.ip6 !== undefined) {
    wanted.set(`net/ipv6/conf/${wiring.podInterface}/disable_ipv6`, '0');
    wanted.set('net/ipv6/conf/lo/disable_ipv6', '0');
  }
  return wanted;
}
