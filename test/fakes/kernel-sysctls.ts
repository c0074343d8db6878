import type { LinkSettings } from '../../src/kernel/ports.ts';
import type { Tables } from './kernel-tables.ts';

/** Per-interface settings with the kernel's defaults (Documentation/networking/ip-sysctl.rst). */
export function perInterface(name: string): [string, string][] {
  const v4 = ['proxy_arp', 'forwarding', 'rp_filter', 'arp_ignore'];
  const v6 = ['forwarding', 'disable_ipv6', 'proxy_ndp'];
  return [
    ...v4.map((key): [string, string] => [`net/ipv4/conf/${name}/${key}`, '0']),
    ...v6.map((key): [string, string] => [`net/ipv6/conf/${name}/${key}`, '0']),
    [`net/ipv6/conf/${name}/accept_ra`, '1'],
    [`net/ipv4/conf/${name}/accept_redirects`, '1'],
    [`net/ipv6/conf/${name}/accept_redirects`, '1'],
    [`net/ipv6/conf/${name}/accept_dad`, '1'],
    ...(name === 'all' || name === 'default'
      ? []
      : [[`net/ipv4/neigh/${name}/proxy_delay`, '80'] satisfies [string, string]]),
  ];
}

/** Gives an interface its settings. */
export function addSysctls(sysctls: Map<string, string>, name: string): void {
  for (const [path, value] of perInterface(name)) sysctls.set(path, value);
}

/** Hundredths of a second, in which proxy_delay is written (USER_HZ), in milliseconds. */
const TICK_MS = 10;

/** What the kernel lists of the sysctls of all links. */
export function linkSettings({ links, sysctls }: Tables): ReadonlyMap<number, LinkSettings> {
  const of = (path: string): boolean | undefined => (sysctls.has(path) ? sysctls.get(path) !== '0' : undefined);
  return new Map(
    [...links.values()].map(({ index, name }) => [
      index,
      {
        forwarding4: of(`net/ipv4/conf/${name}/forwarding`),
        forwarding6: of(`net/ipv6/conf/${name}/forwarding`),
        proxyArp: of(`net/ipv4/conf/${name}/proxy_arp`),
        acceptRedirects4: of(`net/ipv4/conf/${name}/accept_redirects`),
        acceptRedirects6: of(`net/ipv6/conf/${name}/accept_redirects`),
        acceptRa: Number(sysctls.get(`net/ipv6/conf/${name}/accept_ra`)),
        proxyDelayMs: Number(sysctls.get(`net/ipv4/neigh/${name}/proxy_delay`)) * TICK_MS,
      },
    ]),
  );
}
