import { type Address, familyOf } from '../../model/address.ts';
import { isLinkLocal6 } from '../../model/special-prefixes.ts';
import type { Change, LinkAddress } from '../ports.ts';
import {
  AF_UNSPEC,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
} from './constants.ts';
import { familyNumber, familyOfNumber } from './octets.ts';
import { attributesOf, type Message, requireHeader } from './reader.ts';
import { scopeName } from './scope.ts';
import type { MessageWriter } from './writer.ts';

/** Bytes of `struct ifaddrmsg` and its attributes and flags (linux/if_addr.h). */
export const IFADDR_BYTES = 8;
export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
const IFA_FLAGS = 8;
const IFA_F_NODAD = 0x02;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

type AddressChange = Extract<Change, { kind: 'replaceAddress' | 'deleteAddress' }>;

function writeIfaddr(writer: MessageWriter, change: Omit<AddressChange, 'kind'>): void {
  const { address, prefixLength, linkIndex } = change;
  writer.u8(familyNumber(familyOf(address)));
  writer.u8(prefixLength);
  writer.u8(0);
  writer.u8(isLinkLocal6(address) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
  writer.u32(linkIndex);
  writer.attributeAddress(IFA_LOCAL, address);
  writer.attributeAddress(IFA_ADDRESS, address);
}

/**
 * RTM_NEWADDR. `create` fails with EEXIST when the address exists; `overwrite` sets flags and lifetimes of an existing
 * one (an existing IPv6 address keeps its prefix length and stays tentative, inet6_addr_modify in net/ipv6/addrconf.c).
 */
export function encodeNewAddress(
  writer: MessageWriter,
  change: Omit<AddressChange, 'kind'>,
  mode: 'create' | 'overwrite',
  sequence: number,
): void {
  writer.begin(RTM_NEWADDR, NLM_F_CREATE | (mode === 'create' ? NLM_F_EXCL : NLM_F_REPLACE), sequence);
  writeIfaddr(writer, change);
  if (familyOf(change.address) === 6) writer.attributeU32(IFA_FLAGS, IFA_F_NODAD);
  writer.end();
}

/** RTM_DELADDR. */
export function encodeDeleteAddress(
  writer: MessageWriter,
  change: Omit<AddressChange, 'kind'>,
  sequence: number,
): void {
  writer.begin(RTM_DELADDR, 0, sequence);
  writeIfaddr(writer, change);
  writer.end();
}

/** RTM_GETADDR for both families, optionally of one link (the kernel filters only with NETLINK_GET_STRICT_CHK). */
export function encodeAddressRequest(writer: MessageWriter, linkIndex: number | undefined, sequence: number): void {
  writer.begin(RTM_GETADDR, NLM_F_DUMP, sequence);
  writer.u8(AF_UNSPEC);
  writer.u8(0);
  writer.u8(0);
  writer.u8(0);
  writer.u32(linkIndex ?? 0);
  writer.end();
}

/**
 * Reads an RTM_NEWADDR.
 * @returns undefined for an address that is neither IPv4 nor IPv6.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeAddress(message: Message): LinkAddress | undefined {
  requireHeader(message, IFADDR_BYTES, 'address');
  const { buffer, start } = message;
  const family = familyOfNumber(buffer.readUInt8(start));
  if (message.type !== RTM_NEWADDR || family === undefined) return undefined;
  const attributes = attributesOf(message, IFADDR_BYTES);
  let flags = buffer.readUInt8(start + 2);
  let local: Address | undefined;
  let address: Address | undefined;
  while (attributes.next()) {
    // IFA_ADDRESS is the other end of a point-to-point address; then IFA_LOCAL is ours.
    if (attributes.type === IFA_LOCAL) local = attributes.address(family);
    else if (attributes.type === IFA_ADDRESS) address = attributes.address(family);
    else if (attributes.type === IFA_FLAGS) flags = attributes.u32();
  }
  const own = local ?? address;
  if (own === undefined) return undefined;
  return {
    linkIndex: buffer.readUInt32LE(start + 4),
    address: own,
    prefixLength: buffer.readUInt8(start + 1),
    scope: scopeName(buffer.readUInt8(start + 3)),
    tentative: (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0,
  };
}
