import type { Family } from '../../model/address.ts';
import type { LinkSettings } from '../ports.ts';
import { AF_INET, NLM_F_DUMP, RTM_NEWNETCONF } from './constants.ts';
import { familyNumber, familyOfNumber } from './octets.ts';
import { attributesOf, type Message, requireHeader } from './reader.ts';
import type { MessageWriter } from './writer.ts';

/** linux/netconf.h: bytes of `struct netconfmsg` with its padding, and attributes. */
export const NETCONF_BYTES = 4;
const RTM_GETNETCONF = 82;
export const NETCONFA_IFINDEX = 1;
const NETCONFA_FORWARDING = 2;
const NETCONFA_PROXY_NEIGH = 5;

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

/** RTM_GETNETCONF: forwarding and proxying of all links, for a family. */
export function encodeNetconfRequest(writer: MessageWriter, family: Family, sequence: number): void {
  writer.begin(RTM_GETNETCONF, NLM_F_DUMP, sequence);
  writer.u32(familyNumber(family));
  writer.end();
}

/** RTM_GETNEIGHTBL: timers of IPv4's neighbour table, for all links. */
export function encodeNeighbourTableRequest(writer: MessageWriter, sequence: number): void {
  writer.begin(RTM_GETNEIGHTBL, NLM_F_DUMP, sequence);
  writer.u32(AF_INET);
  writer.end();
}

/** Reads an RTM_NEWNETCONF of a link. @throws KernelError when the bytes are not such a message. */
export function decodeNetconf(message: Message): SettingsOfLink | undefined {
  requireHeader(message, NETCONF_BYTES, 'netconf');
  const family = familyOfNumber(message.buffer.readUInt8(message.start));
  if (message.type !== RTM_NEWNETCONF || family === undefined) return undefined;
  let linkIndex = 0;
  let forwarding: boolean | undefined;
  let proxying: boolean | undefined;
  const attributes = attributesOf(message, NETCONF_BYTES);
  while (attributes.next()) {
    if (attributes.type === NETCONFA_IFINDEX) linkIndex = attributes.u32() | 0;
    else if (attributes.type === NETCONFA_FORWARDING) forwarding = attributes.u32() !== 0;
    else if (attributes.type === NETCONFA_PROXY_NEIGH) proxying = attributes.u32() !== 0;
  }
  if (linkIndex <= 0) return undefined;
  return family === 4
    ? { linkIndex, forwarding4: forwarding, proxyArp: proxying }
    : { linkIndex, forwarding6: forwarding };
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
