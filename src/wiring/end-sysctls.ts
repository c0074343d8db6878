import type { LinkAddress, LinkSettings, NetworkNamespace } from '../kernel/ports.ts';
import { familyOf } from '../model/address.ts';

/**
 * Sysctls of a pod's host interface by path, as far as the kernel's lists show them: an interface that has an IPv6
 * address has IPv6 switched on.
 */
export function listedSysctls(
  name: string,
  settings: LinkSettings | undefined,
  addresses: readonly LinkAddress[],
): ReadonlyMap<string, string> {
  const listed = new Map<string, string>();
  const put = (path: string, value: boolean | undefined): void => {
    if (value !== undefined) listed.set(path, value ? '1' : '0');
  };
  if (settings === undefined) return listed;
  put(`net/ipv4/conf/${name}/forwarding`, settings.forwarding4);
  put(`net/ipv6/conf/${name}/forwarding`, settings.forwarding6);
  put(`net/ipv4/conf/${name}/proxy_arp`, settings.proxyArp);
  put(`net/ipv4/conf/${name}/accept_redirects`, settings.acceptRedirects4);
  put(`net/ipv6/conf/${name}/accept_redirects`, settings.acceptRedirects6);
  if (settings.acceptRa !== undefined) listed.set(`net/ipv6/conf/${name}/accept_ra`, String(settings.acceptRa));
  if (settings.proxyDelayMs === 0) listed.set(`net/ipv4/neigh/${name}/proxy_delay`, '0');
  if (addresses.some(({ address }) => familyOf(address) === 6)) listed.set(`net/ipv6/conf/${name}/disable_ipv6`, '0');
  return listed;
}

/** Values of sysctls by path: from the kernel's lists if included there, else from their files. */
export function endSysctls(
  host: Pick<NetworkNamespace, 'readSysctl'>,
  wanted: ReadonlyMap<string, string>,
  listed: ReadonlyMap<string, string>,
): Map<string, string | undefined> {
  return new Map([...wanted.keys()].map((path) => [path, listed.get(path) ?? host.readSysctl(path)]));
}
