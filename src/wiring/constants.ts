import { type Address, type Family, parseAddress } from '../model/address.ts';
import { type Prefix, parsePrefix } from '../model/prefix.ts';

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new RangeError(`${text} is not an address`);
  return parsed;
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string') throw new RangeError(`${text} is not a prefix: ${parsed}`);
  return parsed;
}

/** Gateway of every pod for IPv6: a fixed link-local address on every host interface, so no pod has to learn one. */
export const GATEWAY6 = address('fe80::1');
/** Prefix length of the gateway on the host interface (RFC 4291, 2.5.6: link-local addresses are /64). */
export const GATEWAY6_LENGTH = 64;
/**
 * Gateway of every pod for IPv4, from the link-local block (RFC 3927). No interface has it: a permanent neighbour entry
 * in the pod leads to the host's end of the veth, as does proxy ARP on the host for a pod that asks all the same.
 */
export const GATEWAY4 = address('169.254.1.1');
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
