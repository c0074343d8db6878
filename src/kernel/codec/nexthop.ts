import { type Address, familyOf } from '../../model/address.ts';
import { type Change, KernelError, type NextHop } from '../ports.ts';
import {
  AF_UNSPEC,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_REPLACE,
  RTM_DELNEXTHOP,
  RTM_GETNEXTHOP,
  RTM_NEWNEXTHOP,
  RTNH_F_ONLINK,
} from './constants.ts';
import { familyNumber, familyOfNumber } from './octets.ts';
import { attributesOf, type Message, requireHeader } from './reader.ts';
import type { MessageWriter } from './writer.ts';

/** Bytes of `struct nhmsg` and `struct nexthop_grp`; attributes (linux/nexthop.h). */
export const NHMSG_BYTES = 8;
const GROUP_ENTRY_BYTES = 8;
export const NHA_ID = 1;
const NHA_GROUP = 2;
const NHA_OIF = 5;
const NHA_GATEWAY = 6;

function writeNhmsg(writer: MessageWriter, family: number, protocol: number, flags: number): void {
  writer.u8(family);
  writer.u8(0); // nh_scope is for answers only; the kernel refuses it in requests.
  writer.u8(protocol);
  writer.u8(0);
  writer.u32(flags);
}

/**
 * RTM_NEWNEXTHOP of a leaf. It is onlink: the gateway need not be reachable over an existing route.
 * @throws KernelError when gateway and family differ.
 */
export function encodeReplaceNextHop(
  writer: MessageWriter,
  change: Extract<Change, { kind: 'replaceNextHop' }>,
  sequence: number,
): void {
  if (familyOf(change.gateway) !== change.family) {
    throw new KernelError(`next hop ${change.id} is IPv${change.family}, its gateway ${change.gateway} is not`);
  }
  writer.begin(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sequence);
  writeNhmsg(writer, familyNumber(change.family), change.protocol, RTNH_F_ONLINK);
  writer.attributeU32(NHA_ID, change.id);
  writer.attributeU32(NHA_OIF, change.linkIndex);
  writer.attributeAddress(NHA_GATEWAY, change.gateway);
  writer.end();
}

/** RTM_NEWNEXTHOP of a group: members of equal weight, hash threshold (the kernel's default type). */
export function encodeReplaceNextHopGroup(
  writer: MessageWriter,
  change: Extract<Change, { kind: 'replaceNextHopGroup' }>,
  sequence: number,
): void {
  const entries = Buffer.alloc(change.members.length * GROUP_ENTRY_BYTES);
  // The weight byte holds weight - 1, so zero means 1.
  for (const [position, id] of change.members.entries()) entries.writeUInt32LE(id, position * GROUP_ENTRY_BYTES);
  writer.begin(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sequence);
  writeNhmsg(writer, AF_UNSPEC, change.protocol, 0);
  writer.attributeU32(NHA_ID, change.id);
  writer.attributeBytes(NHA_GROUP, entries);
  writer.end();
}

/** RTM_DELNEXTHOP. The kernel deletes the routes that use it and removes it from its groups. */
export function encodeDeleteNextHop(writer: MessageWriter, id: number, sequence: number): void {
  writer.begin(RTM_DELNEXTHOP, 0, sequence);
  writeNhmsg(writer, AF_UNSPEC, 0, 0);
  writer.attributeU32(NHA_ID, id);
  writer.end();
}

/** RTM_GETNEXTHOP: all of them. */
export function encodeNextHopRequest(writer: MessageWriter, sequence: number): void {
  writer.begin(RTM_GETNEXTHOP, NLM_F_DUMP, sequence);
  writeNhmsg(writer, AF_UNSPEC, 0, 0);
  writer.end();
}

/**
 * Reads an RTM_NEWNEXTHOP.
 * @returns undefined for a message of another type or without an id.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeNextHop(message: Message): NextHop | undefined {
  requireHeader(message, NHMSG_BYTES, 'next hop');
  if (message.type !== RTM_NEWNEXTHOP) return undefined;
  const { buffer, start } = message;
  const family = familyOfNumber(buffer.readUInt8(start));
  let id: number | undefined;
  let linkIndex: number | undefined;
  let gateway: Address | undefined;
  const group: number[] = [];
  const attributes = attributesOf(message, NHMSG_BYTES);
  while (attributes.next()) {
    if (attributes.type === NHA_ID) id = attributes.u32();
    else if (attributes.type === NHA_OIF) linkIndex = attributes.u32();
    else if (attributes.type === NHA_GATEWAY && family !== undefined) gateway = attributes.address(family);
    else if (attributes.type === NHA_GROUP) {
      const entries = attributes.bytes();
      for (let at = 0; entries.length - at >= GROUP_ENTRY_BYTES; at += GROUP_ENTRY_BYTES) {
        group.push(entries.readUInt32LE(at));
      }
    }
  }
  if (id === undefined) return undefined;
  return { id, protocol: buffer.readUInt8(start + 2), family, linkIndex, gateway, group };
}
