import { type Address, addressBits, type Family } from '../../model/address.ts';
import type { Prefix } from '../../model/prefix.ts';
import { KernelError } from '../ports.ts';
import { IFA_ADDRESS, IFA_LOCAL, IFADDR_BYTES } from './address.ts';
import {
  AF_UNSPEC,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_DELNEIGH,
  RTM_DELNEXTHOP,
  RTM_DELROUTE,
  RTM_DELRULE,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWNEIGH,
  RTM_NEWNETCONF,
  RTM_NEWNEXTHOP,
  RTM_NEWROUTE,
  RTM_NEWRULE,
} from './constants.ts';
import { NDA_DST, NDMSG_BYTES, NTF_PROXY } from './neighbour.ts';
import { NHA_ID, NHMSG_BYTES } from './nexthop.ts';
import { familyOfNumber } from './octets.ts';
import { attributesOf, type Message, requireHeader } from './reader.ts';
import { NEXT_HOP_ATTRIBUTES, RT_TABLE_MAIN, RTA_DST, RTA_OIF, RTMSG_BYTES, RTN_UNICAST } from './route-constants.ts';

import { NETCONF_BYTES, NETCONFA_IFINDEX } from './settings.ts';

/** What a notification is about, in as much detail as decides what has to be read again. */
export type KernelEvent =
  | { readonly kind: 'link' }
  | {
      readonly kind: 'address';
      readonly linkIndex: number;
      readonly address: Address | undefined;
      readonly gone: boolean;
    }
  | { readonly kind: 'neighbour'; readonly linkIndex: number; readonly address: Address }
  | {
      /** Of the main table. */
      readonly kind: 'route';
      readonly protocol: number;
      readonly destination: Prefix;
      readonly linkIndex: number | undefined;
      /** A unicast route straight to a link, without a next hop. */
      readonly direct: boolean;
    }
  | { readonly kind: 'nextHop'; readonly id: number; readonly protocol: number }
  | { readonly kind: 'rule' }
  /** A sysctl below `net/ipv4/conf` or `net/ipv6/conf`; of one link; undefined for `all` and for `default`. */
  | { readonly kind: 'setting'; readonly linkIndex: number | undefined };

const UNSPECIFIED: Readonly<Record<Family, Address>> = { 4: '0.0.0.0' as Address, 6: '::' as Address };

/**
 * Reads a notification of rtnetlink's multicast groups.
 * @returns undefined for what flockd need not read: other families, other tables, proxy entries.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeEvent(message: Message): KernelEvent | undefined {
  switch (message.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      requireHeader(message, 1, 'link');
      return message.buffer.readUInt8(message.start) === AF_UNSPEC ? { kind: 'link' } : undefined;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return decodeAddressEvent(message);
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      return decodeNeighbourEvent(message);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return decodeRouteEvent(message);
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
      return decodeNextHopEvent(message);
    case RTM_NEWRULE:
    case RTM_DELRULE:
      return { kind: 'rule' };
    case RTM_NEWNETCONF:
      return decodeSetting(message);
    default:
      return undefined;
  }
}

function decodeAddressEvent(message: Message): KernelEvent | undefined {
  requireHeader(message, IFADDR_BYTES, 'address');
  const { buffer, start } = message;
  const family = familyOfNumber(buffer.readUInt8(start));
  if (family === undefined) return undefined;
  let local: Address | undefined;
  let address: Address | undefined;
  const attributes = attributesOf(message, IFADDR_BYTES);
  while (attributes.next()) {
    if (attributes.type === IFA_LOCAL) local = attributes.address(family);
    // With a peer this is the peer's address; without one, IPv6 has only this one.
    else if (attributes.type === IFA_ADDRESS) address = attributes.address(family);
  }
  const linkIndex = buffer.readUInt32LE(start + 4);
  return { kind: 'address', linkIndex, address: local ?? address, gone: message.type === RTM_DELADDR };
}

function decodeNeighbourEvent(message: Message): KernelEvent | undefined {
  requireHeader(message, NDMSG_BYTES, 'neighbour');
  const { buffer, start } = message;
  const family = familyOfNumber(buffer.readUInt8(start));
  if (family === undefined || (buffer.readUInt8(start + 10) & NTF_PROXY) !== 0) return undefined;
  const attributes = attributesOf(message, NDMSG_BYTES);
  while (attributes.next()) {
    if (attributes.type !== NDA_DST) continue;
    return { kind: 'neighbour', linkIndex: buffer.readUInt32LE(start + 4), address: attributes.address(family) };
  }
  return undefined;
}

function decodeRouteEvent(message: Message): KernelEvent | undefined {
  requireHeader(message, RTMSG_BYTES, 'route');
  const { buffer, start } = message;
  const family = familyOfNumber(buffer.readUInt8(start));
  if (family === undefined || buffer.readUInt8(start + 4) !== RT_TABLE_MAIN) return undefined;
  const length = buffer.readUInt8(start + 1);
  if (length > addressBits(family)) throw new KernelError(`an IPv${family} route with a prefix length of ${length}`);
  let network = UNSPECIFIED[family];
  let linkIndex: number | undefined;
  let direct = buffer.readUInt8(start + 7) === RTN_UNICAST;
  const attributes = attributesOf(message, RTMSG_BYTES);
  while (attributes.next()) {
    if (attributes.type === RTA_DST) network = attributes.address(family);
    else if (attributes.type === RTA_OIF) linkIndex = attributes.u32();
    else if (NEXT_HOP_ATTRIBUTES.includes(attributes.type)) direct = false;
  }
  return {
    ...{ kind: 'route', protocol: buffer.readUInt8(start + 5), linkIndex },
    ...{ destination: { family, network, length }, direct: direct && linkIndex !== undefined },
  };
}

function decodeNextHopEvent(message: Message): KernelEvent | undefined {
  requireHeader(message, NHMSG_BYTES, 'next hop');
  const protocol = message.buffer.readUInt8(message.start + 2);
  const attributes = attributesOf(message, NHMSG_BYTES);
  while (attributes.next()) if (attributes.type === NHA_ID) return { kind: 'nextHop', id: attributes.u32(), protocol };
  return undefined;
}

function decodeSetting(message: Message): KernelEvent | undefined {
  requireHeader(message, NETCONF_BYTES, 'netconf');
  if (familyOfNumber(message.buffer.readUInt8(message.start)) === undefined) return undefined;
  const attributes = attributesOf(message, NETCONF_BYTES);
  while (attributes.next()) {
    if (attributes.type !== NETCONFA_IFINDEX) continue;
    // NETCONFA_IFINDEX_ALL is -1, NETCONFA_IFINDEX_DEFAULT -2.
    const index = attributes.u32() | 0;
    return { kind: 'setting', linkIndex: index > 0 ? index : undefined };
  }
  return undefined;
}
