import type { LinkSettings } from '../ports.ts';
import { AF_INET, AF_INET6, AF_UNSPEC, NLM_F_DUMP, RTM_NEWLINK } from './constants.ts';
import { IFINFO_BYTES, IFLA_AF_SPEC } from './link.ts';
import { type AttributeReader, attributesOf, find, type Message, requireHeader } from './reader.ts';
import type { MessageWriter } from './writer.ts';

/** linux/netconf.h: bytes of `struct netconfmsg` with its padding, and attributes. */
export const NETCONF_BYTES = 4;
export const NETCONFA_IFINDEX = 1;

/** linux/if_link.h: the sysctls of a link as arrays of 32-bit numbers, inside the description of each family. */
const IFLA_INET_CONF = 1;
const IFLA_INET6_CONF = 2;
/** Places in the first (linux/ip.h, where they are counted from 1), and in the second (linux/ipv6.h). */
const IPV4 = { forwarding: 0, proxyArp: 2, acceptRedirects: 3 } as const;
const IPV6 = { forwarding: 0, acceptRa: 3, acceptRedirects: 4 } as const;

/** linux/neighbour.h: bytes of `struct ndtmsg`, and attributes. */
const NDTMSG_BYTES = 4;
const RTM_NEWNEIGHTBL = 64;
const RTM_GETNEIGHTBL = 66;
const NDTA_PARMS = 6;
const NDTPA_IFINDEX = 1;
const NDTPA_PROXY_DELAY = 13;

/** Settings of one link. */
export interface SettingsOfLink extends LinkSettings {
  readonly linkIndex: number;
}

/** RTM_GETNEIGHTBL: timers of IPv4's neighbour table, for all links. */
export function encodeNeighbourTableRequest(writer: MessageWriter, sequence: number): void {
  writer.begin(RTM_GETNEIGHTBL, NLM_F_DUMP, sequence);
  writer.u32(AF_INET);
  writer.end();
}

/**
 * Reads the sysctls in an RTM_NEWLINK, which has them all: listing 250 links costs the kernel less than opening two of
 * their files. A link without IPv6 has only those of IPv4.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeLinkSettings(message: Message): SettingsOfLink | undefined {
  requireHeader(message, IFINFO_BYTES, 'link');
  const { buffer, start } = message;
  if (message.type !== RTM_NEWLINK || buffer.readUInt8(start) !== AF_UNSPEC) return undefined;
  let four: AttributeReader | undefined;
  let six: AttributeReader | undefined;
  const attributes = attributesOf(message, IFINFO_BYTES);
  while (attributes.next()) {
    if (attributes.type !== IFLA_AF_SPEC) continue;
    const families = attributes.nested();
    while (families.next()) {
      if (families.type === AF_INET) four = find(families.nested(), IFLA_INET_CONF);
      else if (families.type === AF_INET6) six = find(families.nested(), IFLA_INET6_CONF);
    }
  }
  return {
    linkIndex: buffer.readUInt32LE(start + 4),
    forwarding4: isOn(four?.number(IPV4.forwarding)),
    proxyArp: isOn(four?.number(IPV4.proxyArp)),
    acceptRedirects4: isOn(four?.number(IPV4.acceptRedirects)),
    forwarding6: isOn(six?.number(IPV6.forwarding)),
    acceptRa: six?.number(IPV6.acceptRa),
    acceptRedirects6: isOn(six?.number(IPV6.acceptRedirects)),
  };
}

function isOn(value: number | undefined): boolean | undefined {
  return value === undefined ? undefined : value !== 0;
}

/** Reads the RTM_NEWNEIGHTBL of a link. @throws KernelError when the bytes are not such a message. */
export function decodeNeighbourTable(message: Message): SettingsOfLink | undefined {
  requireHeader(message, NDTMSG_BYTES, 'neighbour table');
  if (message.type !== RTM_NEWNEIGHTBL || message.buffer.readUInt8(message.start) !== AF_INET) return undefined;
  const attributes = attributesOf(message, NDTMSG_BYTES);
  while (attributes.next()) {
    if (attributes.type !== NDTA_PARMS) continue;
    const inner = attributes.nested();
    let linkIndex = 0;
    let proxyDelayMs: number | undefined;
    while (inner.next()) {
      if (inner.type === NDTPA_IFINDEX) linkIndex = inner.u32();
      else if (inner.type === NDTPA_PROXY_DELAY) proxyDelayMs = inner.u64();
    }
    return linkIndex === 0 ? undefined : { linkIndex, proxyDelayMs };
  }
  return undefined;
}
