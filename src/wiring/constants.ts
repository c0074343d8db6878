import type { Family } from '../model/address.ts';
import { type Prefix, parsePrefix } from '../model/prefix.ts';

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string') throw new RangeError(`${text} is not a prefix: ${parsed}`);
  return parsed;
}

/** Prefix length of the IPv6 gateway on the host interface (RFC 4291, 2.5.6: link-local addresses are /64). */
export const GATEWAY6_LENGTH = 64;
/** The default routes. */
export const DEFAULT6 = prefix('::/0');
export const DEFAULT4 = prefix('0.0.0.0/0');
/** Default MTU (IEEE 802.3). */
export const DEFAULT_MTU = 1500;
/** IPV6_MIN_MTU (include/net/ipv6.h; RFC 8200, section 5). */
export const IPV6_LEAST_MTU = 1280;
/** Metric of a route without an explicit one: for IPv4 0, for IPv6 IP6_RT_PRIO_USER (net/ip6_route.h). */
export const DEFAULT_METRIC: Readonly<Record<Family, number>> = { 4: 0, 6: 1024 };
/** The interface whose default routes a pod with several interfaces uses. */
export const LEADING_INTERFACE = 'eth0';
