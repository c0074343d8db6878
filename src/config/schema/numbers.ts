import { z } from 'zod';

/**
 * AS numbers that a speaker cannot have: 0 (RFC 7607), AS_TRANS (RFC 6793, 9), and the last ones of two and of four
 * bytes (RFC 7300).
 */
const RESERVED_ASNS: readonly number[] = [0, 23_456, 65_535, 4_294_967_295];

const ASN_RULE =
  'must be an AS number: a whole number from 1 to 4294967294, written without a dot, and not 23456 or 65535, which are reserved';

/** An AS number. */
export function asn(description: string) {
  const error = ASN_RULE;
  return z
    .int({ error })
    .min(1, { error })
    .max(4_294_967_294, { error })
    .refine((value) => !RESERVED_ASNS.includes(value), { error })
    .meta({ description, examples: [64_601] });
}

/** A whole number between two bounds, inclusive. */
export function whole(description: string, least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error }).meta({ description });
}

/**
 * Numbers that a program already puts on its routes: the kernel's own (`RTPROT_*` in `linux/rtnetlink.h`) and those of
 * iproute2's registry (`etc/iproute2/rt_protos`).
 */
const KNOWN_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [8, 'gated'],
  [9, 'ra'],
  [10, 'mrt'],
  [11, 'zebra'],
  [12, 'bird'],
  [13, 'dnrouted'],
  [14, 'xorp'],
  [15, 'ntk'],
  [16, 'dhcp'],
  [17, 'mrouted'],
  [18, 'keepalived'],
  [42, 'babel'],
  [99, 'openr'],
  [186, 'bgp'],
  [187, 'isis'],
  [188, 'ospf'],
  [189, 'rip'],
  [192, 'eigrp'],
]);

/** The route protocol number, by which flockd recognises its routes, so no other program may use it. */
export function routeProtocol(description: string) {
  const error = 'must be a whole number from 5 to 255; 0 to 4 are for the kernel';
  return z
    .int({ error })
    .min(5, { error })
    .max(255, { error })
    .superRefine((value, context) => {
      const owner = KNOWN_PROTOCOLS.get(value);
      if (owner === undefined) return;
      const message = `must not be the number of ${owner}, whose routes flockd would regard as its own and delete`;
      context.addIssue({ code: 'custom', message });
    })
    .meta({ description });
}

/**
 * An MTU in bytes. IPv6 needs 1280 (RFC 8200, section 5); a veth accepts up to 65535 (`ETH_MAX_MTU` in
 * `linux/if_ether.h`).
 */
export function mtu(description: string) {
  const error = 'must be auto, or a whole number of bytes from 1280 to 65535';
  return z
    .union([z.literal('auto'), z.int({ error }).min(1_280, { error }).max(65_535, { error })], { error })
    .meta({ description });
}
