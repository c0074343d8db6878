/** Sysctls of one link that the kernel lists for all links at once; undefined where it does not say. */
export interface LinkSettings {
  /** `net/ipv4/conf/<name>/forwarding`. */
  readonly forwarding4?: boolean | undefined;
  /** `net/ipv6/conf/<name>/forwarding`. */
  readonly forwarding6?: boolean | undefined;
  /** `net/ipv4/conf/<name>/proxy_arp`. */
  readonly proxyArp?: boolean | undefined;
  /** `net/ipv6/conf/<name>/accept_ra`. */
  readonly acceptRa?: number | undefined;
  /** `net/ipv4/conf/<name>/accept_redirects`. */
  readonly acceptRedirects4?: boolean | undefined;
  /** `net/ipv6/conf/<name>/accept_redirects`. */
  readonly acceptRedirects6?: boolean | undefined;
  /** `net/ipv4/neigh/<name>/proxy_delay`, in milliseconds. */
  readonly proxyDelayMs?: number | undefined;
}
