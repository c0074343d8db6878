import type { Change, Link } from '../ports.ts';
import {
  AF_INET6,
  AF_UNSPEC,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
} from './constants.ts';
import { attributesOf, find, type Message, requireHeader } from './reader.ts';
import type { MessageWriter } from './writer.ts';

/** Bytes of `struct ifinfomsg` (linux/rtnetlink.h). */
export const IFINFO_BYTES = 16;

/** linux/if_link.h. */
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_IFALIAS = 20;
export const IFLA_AF_SPEC = 26;
const IFLA_GROUP = 27;
const IFLA_NET_NS_FD = 28;
const IFLA_EXT_MASK = 29;
const IFLA_CARRIER_CHANGES = 35;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_INET6_ADDR_GEN_MODE = 8;
/** IN6_ADDR_GEN_MODE_NONE. */
const ADDR_GEN_MODE_NONE = 1;
/** linux/veth.h. */
const VETH_INFO_PEER = 1;
/** linux/if.h. */
const IFF_UP = 1;
const IFF_RUNNING = 0x40;
const IFF_NOARP = 0x80;
const IFF_LOWER_UP = 0x10000;
/**
 * RTEXT_FILTER_SKIP_STATS (linux/rtnetlink.h): counters make up half of a link's message, and flockd does not read
 * them.
 */
const SKIP_STATISTICS = 1 << 3;

function writeIfinfo(writer: MessageWriter, index: number, flags: number, mask: number): void {
  writer.u8(AF_UNSPEC);
  writer.u8(0);
  writer.u16(0);
  writer.u32(index);
  writer.u32(flags);
  writer.u32(mask);
}

/**
 * RTM_NEWLINK for a veth pair whose peer is created in another namespace, with its name and MAC. EEXIST when either
 * name is taken.
 */
export function encodeCreateVeth(
  writer: MessageWriter,
  change: Extract<Change, { kind: 'createVeth' }>,
  sequence: number,
): void {
  writer.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sequence);
  writeIfinfo(writer, 0, 0, 0);
  writer.attributeName(IFLA_IFNAME, change.name);
  writer.attributeMac(IFLA_ADDRESS, change.mac);
  writer.attributeU32(IFLA_MTU, change.mtu);
  writer.nested(IFLA_LINKINFO, () => {
    writer.attributeName(IFLA_INFO_KIND, 'veth');
    writer.nested(IFLA_INFO_DATA, () => {
      writer.nested(VETH_INFO_PEER, () => {
        writeIfinfo(writer, 0, 0, 0);
        writer.attributeName(IFLA_IFNAME, change.peer.name);
        writer.attributeMac(IFLA_ADDRESS, change.peer.mac);
        writer.attributeU32(IFLA_MTU, change.mtu);
        writer.attributeU32(IFLA_NET_NS_FD, change.peer.namespaceFd);
      });
    });
  });
  writer.end();
}

/**
 * RTM_NEWLINK on an existing link. `up` gets a message of its own after the rest: within one message the kernel brings
 * the link up before it applies the address generation mode (do_setlink in net/core/rtnetlink.c), and would make the
 * link-local address that the mode is to prevent.
 * @returns the number of messages written, 1 or 2.
 */
export function encodeSetLink(
  writer: MessageWriter,
  change: Extract<Change, { kind: 'setLink' }>,
  sequence: number,
): number {
  const { linkIndex, mac, mtu, alias, noMaster = false } = change;
  const flagged = change.addrGenModeNone === true || noMaster || change.arp === true;
  const settings = mac !== undefined || mtu !== undefined || alias !== undefined || flagged;
  if (settings) {
    writer.begin(RTM_NEWLINK, 0, sequence);
    writeIfinfo(writer, linkIndex, 0, change.arp === true ? IFF_NOARP : 0);
    if (mac !== undefined) writer.attributeMac(IFLA_ADDRESS, mac);
    if (mtu !== undefined) writer.attributeU32(IFLA_MTU, mtu);
    if (alias !== undefined) writer.attributeText(IFLA_IFALIAS, alias);
    // Index 0 means no link (do_set_master in net/core/rtnetlink.c).
    if (noMaster) writer.attributeU32(IFLA_MASTER, 0);
    if (change.addrGenModeNone === true) {
      writer.nested(IFLA_AF_SPEC, () => {
        writer.nested(AF_INET6, () => writer.attributeU8(IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE));
      });
    }
    writer.end();
    if (change.up !== true) return 1;
  }
  const up = change.up === true ? IFF_UP : 0;
  writer.begin(RTM_NEWLINK, 0, settings ? sequence + 1 : sequence);
  writeIfinfo(writer, linkIndex, up, up);
  writer.end();
  return settings ? 2 : 1;
}

/** RTM_DELLINK by index. */
export function encodeDeleteLink(writer: MessageWriter, linkIndex: number, sequence: number): void {
  writer.begin(RTM_DELLINK, 0, sequence);
  writeIfinfo(writer, linkIndex, 0, 0);
  writer.end();
}

/** RTM_NEWLINK that puts an existing link into a group of links. */
export function encodeSetGroup(writer: MessageWriter, linkIndex: number, group: number, sequence: number): void {
  writer.begin(RTM_NEWLINK, 0, sequence);
  writeIfinfo(writer, linkIndex, 0, 0);
  writer.attributeU32(IFLA_GROUP, group);
  writer.end();
}

/** RTM_DELLINK of every link in a group (rtnl_group_dellink in net/core/rtnetlink.c). ENODEV when there is none. */
export function encodeDeleteGroup(writer: MessageWriter, group: number, sequence: number): void {
  writer.begin(RTM_DELLINK, 0, sequence);
  writeIfinfo(writer, 0, 0, 0);
  writer.attributeU32(IFLA_GROUP, group);
  writer.end();
}

/** RTM_GETLINK: one link by name or by index, or all of them. */
export function encodeLinkRequest(writer: MessageWriter, which: string | number | undefined, sequence: number): void {
  writer.begin(RTM_GETLINK, which === undefined ? NLM_F_DUMP : 0, sequence);
  writeIfinfo(writer, typeof which === 'number' ? which : 0, 0, 0);
  if (typeof which === 'string') writer.attributeName(IFLA_IFNAME, which);
  writer.attributeU32(IFLA_EXT_MASK, SKIP_STATISTICS);
  writer.end();
}

/**
 * Whether the link that an RTM_NEWLINK describes is running.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeIsRunning(message: Message): boolean {
  requireHeader(message, IFINFO_BYTES, 'link');
  return (message.buffer.readUInt32LE(message.start + 8) & IFF_RUNNING) !== 0;
}

/**
 * Reads an RTM_NEWLINK.
 * @returns undefined for a link that another family describes (AF_BRIDGE ports).
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeLink(message: Message): Link | undefined {
  requireHeader(message, IFINFO_BYTES, 'link');
  const { buffer, start } = message;
  if (message.type !== RTM_NEWLINK || buffer.readUInt8(start) !== AF_UNSPEC) return undefined;
  const attributes = attributesOf(message, IFINFO_BYTES);
  let name = '';
  let mac = '';
  let mtu = 0;
  let alias: string | undefined;
  let kind: string | undefined;
  let peer: number | undefined;
  let master: number | undefined;
  let addrGenMode: number | undefined;
  let carrierChanges: number | undefined;
  while (attributes.next()) {
    if (attributes.type === IFLA_IFNAME) name = attributes.text();
    else if (attributes.type === IFLA_ADDRESS) mac = attributes.mac();
    else if (attributes.type === IFLA_MTU) mtu = attributes.u32();
    else if (attributes.type === IFLA_IFALIAS) alias = attributes.text();
    else if (attributes.type === IFLA_LINK) peer = attributes.u32();
    else if (attributes.type === IFLA_MASTER) master = attributes.u32();
    else if (attributes.type === IFLA_CARRIER_CHANGES) carrierChanges = attributes.u32();
    else if (attributes.type === IFLA_LINKINFO) kind = find(attributes.nested(), IFLA_INFO_KIND)?.text();
    else if (attributes.type === IFLA_AF_SPEC) {
      const inet6 = find(attributes.nested(), AF_INET6)?.nested();
      addrGenMode = inet6 === undefined ? undefined : find(inet6, IFLA_INET6_ADDR_GEN_MODE)?.u8();
    }
  }
  const flags = buffer.readUInt32LE(start + 8);
  const up = (flags & IFF_UP) !== 0;
  const carrier = (flags & IFF_LOWER_UP) !== 0;
  const index = buffer.readUInt32LE(start + 4);
  const peerIndex = kind === 'veth' ? peer : undefined;
  const link = { index, name, kind, mac, mtu, up, carrier, alias, addrGenMode, peerIndex, carrierChanges };
  const noArp = (flags & IFF_NOARP) === 0 ? {} : { noArp: true as const };
  return { ...link, ...(master === undefined ? {} : { master }), ...noArp };
}
