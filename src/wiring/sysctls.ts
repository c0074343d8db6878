import { LEADING_INTERFACE } from './constants.ts';
import type { PodWiring } from './pod-wiring.ts';

/**
 * Sysctls of the host's end, by path under /proc/sys (Documentation/networking/ip-sysctl.rst):
 * proxy_arp answers for the pod's IPv4 gateway, which no interface has; proxy_delay 0, or that answer comes up to 0.8 s
 * late; forwarding lets packets through both ways. IPv6 must be on for a pod that has it, even if the host's default is
 * off; a pod without it needs no kernel with IPv6.
 */
export function hostSysctls(wiring: PodWiring): ReadonlyMap<string, string> {
  const name = wiring.hostInterface;
  const wanted = new Map<string, string>();
  if (wiring.ip6 !== undefined) wanted.set(`net/ipv6/conf/${name}/disable_ipv6`, '0');
  wanted.set(`net/ipv4/conf/${name}/proxy_arp`, '1');
  wanted.set(`net/ipv4/neigh/${name}/proxy_delay`, '0');
  wanted.set(`net/ipv4/conf/${name}/forwarding`, '1');
  if (wiring.ip6 !== undefined) wanted.set(`net/ipv6/conf/${name}/forwarding`, '1');
  return wanted;
}

/**
 * Whatever comes from a pod is hostile: the host accepts neither router advertisements nor redirects from one. Every
 * new interface inherits what a host sets as `default` for its uplinks (`accept_ra` 2, as a forwarding host must).
 * These apply to IPv4-only pods too, since nothing keeps such a pod from speaking IPv6 on its link.
 */
export function guardSysctls({ hostInterface: name }: Pick<PodWiring, 'hostInterface'>): ReadonlyMap<string, string> {
  return new Map([
    [`net/ipv6/conf/${name}/accept_ra`, '0'],
    [`net/ipv6/conf/${name}/accept_redirects`, '0'],
    [`net/ipv4/conf/${name}/accept_redirects`, '0'],
  ]);
}

/** More hops than any path through the Internet has. */
const LEAST_HOP_LIMIT = 32;
/** IPV6_DEFAULT_HOPLIMIT (include/net/ipv6.h). */
const DEFAULT_HOP_LIMIT = '64';

/** Reads a sysctl by its path; undefined when the kernel lacks it. */
type ReadSysctl = (path: string) => string | undefined;

/**
 * Sysctls of the pod's end: of those that a sandbox can inherit, the ones that stop packets. Some runtimes disable IPv6
 * in every sandbox, and then no address can be added. With a very small hop limit, replies do not get far. The strict
 * reverse path filter (rp_filter 1; the greater of `all` and the interface's counts) drops whatever arrives on an
 * interface over which the pod would not reply: all but the preferred one. The loose one (2) does not. How ARP answers
 * requests (`arp_ignore`, `arp_filter`) does not matter, since neither end sends any.
 */
export function podSysctls(wiring: PodWiring, read: ReadSysctl): ReadonlyMap<string, string> {
  const { podInterface } = wiring;
  const wanted = new Map<string, string>();
  if (wiring.ip6 !== undefined) {
    wanted.set(`net/ipv6/conf/${podInterface}/disable_ipv6`, '0');
    wanted.set('net/ipv6/conf/lo/disable_ipv6', '0');
    const hopLimit = `net/ipv6/conf/${podInterface}/hop_limit`;
    if (Number(read(hopLimit)) < LEAST_HOP_LIMIT) wanted.set(hopLimit, DEFAULT_HOP_LIMIT);
  }
  if (wiring.ip4 !== undefined && podInterface !== LEADING_INTERFACE) {
    const path = `net/ipv4/conf/${podInterface}/rp_filter`;
    const inForce = Math.max(Number(read('net/ipv4/conf/all/rp_filter')), Number(read(path)));
    if (inForce === 1) wanted.set(path, '2');
  }
  return wanted;
}
