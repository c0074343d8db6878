import { type Address, type Family, parseAddress } from './address.ts';

/**
 * The gateway of every pod. No interface of a pod's network has these addresses as its own, so they are the same on every
 * node and need no address of a pool.
 *
 * IPv6: a fixed link-local address (RFC 4291, 2.5.6) on the host's end of every veth. IPv4: out of the link-local block
 * (RFC 3927), on no interface at all: a permanent neighbour entry in the pod leads to the host's end of the veth, as does
 * proxy ARP on the host.
 */
export const POD_GATEWAYS: Readonly<Record<Family, Address>> = { 4: address('169.254.1.1'), 6: address('fe80::1') };

/** Whether an address is the gateway of pods, which is ambiguous as the address of anything else on this host. */
export function isPodGateway(candidate: Address): boolean {
  return candidate === POD_GATEWAYS[4] || candidate === POD_GATEWAYS[6];
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new RangeError(`${text} is no address`);
  return parsed;
}
