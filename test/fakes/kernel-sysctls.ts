/** Per-interface settings with the kernel's defaults (Documentation/networking/ip-sysctl.rst). */
export function perInterface(name: string): [string, string][] {
  const v4 = ['proxy_arp', 'forwarding', 'rp_filter', 'arp_ignore'];
  const v6 = ['forwarding', 'disable_ipv6', 'proxy_ndp'];
  return [
    ...v4.map((key): [string, string] => [`net/ipv4/conf/${name}/${key}`, '0']),
    ...v6.map((key): [string, string] => [`net/ipv6/conf/${name}/${key}`, '0']),
    [`net/ipv6/conf/${name}/accept_ra`, '1'],
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
