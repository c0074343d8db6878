import { type Address, addressBits, type Family, familyOf } from '../../model/address.ts';
import { type Change, KernelError } from '../ports.ts';
import {
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RTM_DELROUTE,
  RTM_GETROUTE,
  RTM_NEWROUTE,
  RTNH_F_ONLINK,
} from './constants.ts';
import { familyNumber } from './octets.ts';
import {
  RT_TABLE_MAIN,
  RTA_DST,
  RTA_GATEWAY,
  RTA_NH_ID,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTM_F_FIB_MATCH,
  RTM_F_LOOKUP_TABLE,
  RTN_UNICAST,
  RTN_UNSPEC,
} from './route-constants.ts';
import type { MessageWriter } from './writer.ts';

function writeRtmsg(
  writer: MessageWriter,
  fields: { family: Family; length: number; protocol: number; scope: number; type: number; flags: number },
): void {
  writer.u8(familyNumber(fields.family));
  writer.u8(fields.length);
  writer.u16(0); // Source prefix length, type of service.
  writer.u8(RT_TABLE_MAIN);
  writer.u8(fields.protocol);
  writer.u8(fields.scope);
  writer.u8(fields.type);
  writer.u32(fields.flags);
}

/**
 * RTM_NEWROUTE with NLM_F_CREATE | NLM_F_REPLACE. What the kernel regards as the same route and overwrites: for IPv4,
 * the first one with that prefix and metric (and type of service 0), whatever its protocol; for IPv6, one with that
 * prefix and metric, preferably of the same kind (with or without gateway, inline or by next hop object), else of the
 * other kind. A route with another metric is kept.
 * @throws KernelError when addresses of both families are mixed.
 */
export function encodeReplaceRoute(
  writer: MessageWriter,
  change: Extract<Change, { kind: 'replaceRoute' }>,
  sequence: number,
): void {
  const { family, length, network } = change.destination;
  for (const address of [network, change.gateway, change.preferredSource]) {
    if (address !== undefined && familyOf(address) !== family) {
      throw new KernelError(`a route to ${network}/${length} cannot use ${address}: the families differ`);
    }
  }
  const mode = change.exclusive === true ? NLM_F_EXCL : NLM_F_REPLACE;
  writer.begin(RTM_NEWROUTE, NLM_F_CREATE | mode, sequence);
  writeRtmsg(writer, {
    family,
    length,
    protocol: change.protocol,
    scope: family === 4 && change.scope === 'link' ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
    type: RTN_UNICAST,
    flags: change.onlink === true ? RTNH_F_ONLINK : 0,
  });
  writeDestination(writer, change.destination);
  if (change.gateway !== undefined) writer.attributeAddress(RTA_GATEWAY, change.gateway);
  if (change.linkIndex !== undefined) writer.attributeU32(RTA_OIF, change.linkIndex);
  if (change.preferredSource !== undefined) writer.attributeAddress(RTA_PREFSRC, change.preferredSource);
  if (change.nextHopId !== undefined) writer.attributeU32(RTA_NH_ID, change.nextHopId);
  if (change.metric !== undefined) writer.attributeU32(RTA_PRIORITY, change.metric);
  writer.end();
}

/**
 * RTM_DELROUTE: the first route with that prefix and protocol, and with that metric and link if given; any scope
 * (RT_SCOPE_NOWHERE is the wildcard of fib_table_delete in net/ipv4/fib_trie.c).
 */
export function encodeDeleteRoute(
  writer: MessageWriter,
  change: Extract<Change, { kind: 'deleteRoute' }>,
  sequence: number,
): void {
  const { family, length } = change.destination;
  writer.begin(RTM_DELROUTE, 0, sequence);
  const scope = family === 4 ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
  writeRtmsg(writer, { family, length, protocol: change.protocol, scope, type: RTN_UNICAST, flags: 0 });
  writeDestination(writer, change.destination);
  if (change.linkIndex !== undefined) writer.attributeU32(RTA_OIF, change.linkIndex);
  if (change.metric !== undefined) writer.attributeU32(RTA_PRIORITY, change.metric);
  writer.end();
}

function writeDestination(writer: MessageWriter, destination: { network: Address; length: number }): void {
  if (destination.length > 0) writer.attributeAddress(RTA_DST, destination.network);
}

/** RTM_GETROUTE: unicast routes of the main table (the kernel filters only with NETLINK_GET_STRICT_CHK). */
export function encodeRoutesRequest(writer: MessageWriter, family: Family, protocol: number, sequence: number): void {
  writer.begin(RTM_GETROUTE, NLM_F_DUMP, sequence);
  writeRtmsg(writer, { family, length: 0, protocol, scope: 0, type: RTN_UNICAST, flags: 0 });
  writer.end();
}

/** RTM_GETROUTE: the route that the kernel takes to one address. */
export function encodeRouteTakenRequest(writer: MessageWriter, address: Address, sequence: number): void {
  const family = familyOf(address);
  writer.begin(RTM_GETROUTE, 0, sequence);
  writer.u8(familyNumber(family));
  writer.u8(addressBits(family));
  writer.u16(0);
  writer.u32(RTN_UNSPEC);
  writer.u32(family === 4 ? RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE : RTM_F_FIB_MATCH);
  writer.attributeAddress(RTA_DST, address);
  writer.end();
}

/**
 * RTM_GETROUTE: how the kernel would reach one address, optionally over one link.
 * @param answer `path`: the next hop that it would take; `entry`: the route itself (Linux 4.13 or later; older kernels
 * answer with the path).
 */
export function encodeRouteToRequest(
  writer: MessageWriter,
  address: Address,
  linkIndex: number | undefined,
  sequence: number,
  answer: 'path' | 'entry' = 'path',
): void {
  const family = familyOf(address);
  writer.begin(RTM_GETROUTE, 0, sequence);
  writer.u8(familyNumber(family));
  writer.u8(addressBits(family));
  writer.u16(0);
  writer.u32(RTN_UNSPEC);
  writer.u32(answer === 'entry' ? RTM_F_FIB_MATCH : 0);
  writer.attributeAddress(RTA_DST, address);
  if (linkIndex !== undefined) writer.attributeU32(RTA_OIF, linkIndex);
  writer.end();
}
