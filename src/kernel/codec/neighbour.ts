import { type Address, familyOf } from '../../model/address.ts';
import { type Change, KernelError, type Neighbour } from '../ports.ts';
import {
  AF_UNSPEC,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_REPLACE,
  RTM_DELNEIGH,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
} from './constants.ts';
import { familyNumber, familyOfNumber } from './octets.ts';
import { attributesOf, find, type Message, requireHeader } from './reader.ts';
import type { MessageWriter } from './writer.ts';

/** Bytes of `struct ndmsg`, its attributes and states (linux/neighbour.h). */
export const NDMSG_BYTES = 12;
export const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_CACHEINFO = 3;
const NDA_IFINDEX = 8;
const NUD_PERMANENT = 0x80;
/** A proxy entry: it says what to answer for, not where a neighbour is. */
export const NTF_PROXY = 0x08;

type NeighbourChange = Extract<Change, { kind: 'replaceNeighbour' | 'deleteNeighbour' }>;

function writeNdmsg(writer: MessageWriter, family: number, linkIndex: number, state: number): void {
  writer.u8(family);
  writer.u8(0);
  writer.u16(0);
  writer.u32(linkIndex);
  writer.u16(state);
  writer.u8(0);
  writer.u8(0);
}

/** RTM_NEWNEIGH, a permanent entry. @throws KernelError without a hardware address. */
export function encodeReplaceNeighbour(writer: MessageWriter, change: NeighbourChange, sequence: number): void {
  if (change.mac === undefined) throw new KernelError(`a neighbour entry for ${change.address} needs a MAC address`);
  writer.begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sequence);
  writeNdmsg(writer, familyNumber(familyOf(change.address)), change.linkIndex, NUD_PERMANENT);
  writer.attributeAddress(NDA_DST, change.address);
  writer.attributeMac(NDA_LLADDR, change.mac);
  writer.end();
}

/** RTM_DELNEIGH. */
export function encodeDeleteNeighbour(writer: MessageWriter, change: NeighbourChange, sequence: number): void {
  writer.begin(RTM_DELNEIGH, 0, sequence);
  writeNdmsg(writer, familyNumber(familyOf(change.address)), change.linkIndex, 0);
  writer.attributeAddress(NDA_DST, change.address);
  writer.end();
}

/**
 * RTM_GETNEIGH for both families, of one link or of all. It is the attribute that filters, not the header
 * (neigh_valid_dump_req).
 */
export function encodeNeighbourRequest(writer: MessageWriter, linkIndex: number | undefined, sequence: number): void {
  writer.begin(RTM_GETNEIGH, NLM_F_DUMP, sequence);
  writeNdmsg(writer, AF_UNSPEC, 0, 0);
  if (linkIndex !== undefined) writer.attributeU32(NDA_IFINDEX, linkIndex);
  writer.end();
}

/** RTM_GETNEIGH of one entry (Linux 5.0 or later). */
export function encodeOneNeighbourRequest(
  writer: MessageWriter,
  linkIndex: number,
  address: Address,
  sequence: number,
): void {
  writer.begin(RTM_GETNEIGH, 0, sequence);
  writeNdmsg(writer, familyNumber(familyOf(address)), linkIndex, 0);
  writer.attributeAddress(NDA_DST, address);
  writer.end();
}

/**
 * Reads an RTM_NEWNEIGH.
 * @returns undefined for a bridge's forwarding entry and for a proxy entry.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeNeighbour(message: Message): Neighbour | undefined {
  requireHeader(message, NDMSG_BYTES, 'neighbour');
  const { buffer, start } = message;
  const family = familyOfNumber(buffer.readUInt8(start));
  if (message.type !== RTM_NEWNEIGH || family === undefined) return undefined;
  if ((buffer.readUInt8(start + 10) & NTF_PROXY) !== 0) return undefined;
  let address: Address | undefined;
  let mac: string | undefined;
  const attributes = attributesOf(message, NDMSG_BYTES);
  while (attributes.next()) {
    if (attributes.type === NDA_DST) address = attributes.address(family);
    else if (attributes.type === NDA_LLADDR) mac = attributes.mac();
  }
  if (address === undefined) return undefined;
  const permanent = (buffer.readUInt16LE(start + 8) & NUD_PERMANENT) !== 0;
  return { linkIndex: buffer.readUInt32LE(start + 4), address, mac, permanent };
}

/**
 * Takes out of an RTM_NEWNEIGH how long ago the entry was used and confirmed (NDA_CACHEINFO), which grows by itself.
 * @throws KernelError when the bytes are no such message.
 */
export function clearAges(message: Message): void {
  if (message.type !== RTM_NEWNEIGH) return;
  requireHeader(message, NDMSG_BYTES, 'neighbour');
  find(attributesOf(message, NDMSG_BYTES), NDA_CACHEINFO)?.clear();
}
