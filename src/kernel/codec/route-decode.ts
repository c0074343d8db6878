import { type Address, addressBits, type Family } from '../../model/address.ts';
import { KernelError, type Route, type RouteTaken } from '../ports.ts';
import { RTM_NEWROUTE, RTNH_F_ONLINK } from './constants.ts';
import { familyOfNumber } from './octets.ts';
import { type AttributeReader, attributesOf, type Message, requireHeader } from './reader.ts';
import {
  NEXT_HOP_ATTRIBUTES,
  RT_TABLE_MAIN,
  RTA_DST,
  RTA_GATEWAY,
  RTA_METRICS,
  RTA_MULTIPATH,
  RTA_NH_ID,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_TABLE,
  RTA_VIA,
  RTAX_MTU,
  RTM_F_CLONED,
  RTMSG_BYTES,
  RTN_LOCAL,
  RTN_UNICAST,
  RTNEXTHOP_BYTES,
} from './route-constants.ts';
import { scopeName } from './scope.ts';

/**
 * Whether the answer to a route request says that the address is local. @throws KernelError when it is not an answer.
 */
export function decodeIsLocal(message: Message): boolean {
  requireHeader(message, RTMSG_BYTES, 'route');
  return message.buffer.readUInt8(message.start + 7) === RTN_LOCAL;
}

/**
 * Reads the answer to a query for the route that the kernel takes.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeRouteTaken(message: Message): RouteTaken | undefined {
  requireHeader(message, RTMSG_BYTES, 'route');
  const { buffer, start } = message;
  const family = familyOfNumber(buffer.readUInt8(start));
  if (message.type !== RTM_NEWROUTE || family === undefined) return undefined;
  const length = buffer.readUInt8(start + 1);
  if (length > addressBits(family)) throw new KernelError(`an IPv${family} route with a prefix length of ${length}`);
  let network = UNSPECIFIED[family];
  let linkIndex: number | undefined;
  let table = buffer.readUInt8(start + 4);
  const attributes = attributesOf(message, RTMSG_BYTES);
  while (attributes.next()) {
    if (attributes.type === RTA_DST) network = attributes.address(family);
    else if (attributes.type === RTA_OIF) linkIndex = attributes.u32();
    else if (attributes.type === RTA_TABLE) table = attributes.u32();
  }
  const local = buffer.readUInt8(start + 7) === RTN_LOCAL;
  return {
    ...{ destination: { family, network, length }, protocol: buffer.readUInt8(start + 5) },
    table,
    linkIndex,
    local,
  };
}

/** Reads an RTM_NEWROUTE as `decodeRoute` does, only if it is a default route or one without a next hop. */
export function decodeNearRoute(message: Message): Route | undefined {
  requireHeader(message, RTMSG_BYTES, 'route');
  if (message.buffer.readUInt8(message.start + 1) === 0) return decodeRoute(message);
  const attributes = attributesOf(message, RTMSG_BYTES);
  while (attributes.next()) if (NEXT_HOP_ATTRIBUTES.includes(attributes.type)) return undefined;
  return decodeRoute(message);
}

/**
 * Reads an RTM_NEWROUTE.
 * @param which `main`: undefined unless it is a unicast route of the main table; `any`: whatever the kernel looked up.
 * @throws KernelError when the bytes are not such a message.
 */
export function decodeRoute(message: Message, which: 'main' | 'any' = 'main'): Route | undefined {
  requireHeader(message, RTMSG_BYTES, 'route');
  const { buffer, start } = message;
  const family = familyOfNumber(buffer.readUInt8(start));
  if (message.type !== RTM_NEWROUTE || family === undefined) return undefined;
  const flags = buffer.readUInt32LE(start + 8);
  if (which === 'main' && (buffer.readUInt8(start + 7) !== RTN_UNICAST || (flags & RTM_F_CLONED) !== 0))
    return undefined;
  const length = buffer.readUInt8(start + 1);
  if (length > addressBits(family)) throw new KernelError(`an IPv${family} route with a prefix length of ${length}`);
  let table = buffer.readUInt8(start + 4);
  let network: Address | undefined;
  let linkIndex: number | undefined;
  let gateway: Address | undefined;
  let preferredSource: Address | undefined;
  let metric = 0;
  let nextHopId: number | undefined;
  let multipath: Route['multipath'] = NO_MULTIPATH;
  let mtu: number | undefined;
  const attributes = attributesOf(message, RTMSG_BYTES);
  while (attributes.next()) {
    switch (attributes.type) {
      case RTA_DST:
        network = attributes.address(family);
        break;
      case RTA_OIF:
        linkIndex = attributes.u32();
        break;
      case RTA_GATEWAY:
        gateway = attributes.address(family);
        break;
      case RTA_VIA:
        gateway = decodeVia(attributes);
        break;
      case RTA_PREFSRC:
        preferredSource = attributes.address(family);
        break;
      case RTA_PRIORITY:
        metric = attributes.u32();
        break;
      case RTA_TABLE:
        table = attributes.u32();
        break;
      case RTA_MULTIPATH:
        multipath = decodeMultipath(attributes, family);
        break;
      case RTA_METRICS:
        mtu = decodeMtu(attributes.nested());
        break;
      case RTA_NH_ID:
        nextHopId = attributes.u32();
        break;
    }
  }
  if (which === 'main' && table !== RT_TABLE_MAIN) return undefined;
  const route = {
    destination: { family, network: network ?? UNSPECIFIED[family], length },
    preferredSource,
    protocol: buffer.readUInt8(start + 5),
    scope: scopeName(buffer.readUInt8(start + 6)),
    metric,
    nextHopId,
    ...(mtu === undefined ? {} : { mtu }),
  };
  // For a route with a next hop object the kernel adds the object's expansion (nexthop_compat_mode); the object is
  // enough.
  return nextHopId === undefined
    ? { ...route, linkIndex, gateway, onlink: (flags & RTNH_F_ONLINK) !== 0, multipath }
    : { ...route, linkIndex: undefined, gateway: undefined, onlink: false, multipath: NO_MULTIPATH };
}

const NO_MULTIPATH: Route['multipath'] = [];
const UNSPECIFIED: Record<Family, Address> = { 4: '0.0.0.0' as Address, 6: '::' as Address };

/** The MTU in RTA_METRICS; 0 means none. */
function decodeMtu(metrics: AttributeReader): number | undefined {
  let mtu = 0;
  while (metrics.next()) if (metrics.type === RTAX_MTU) mtu = metrics.u32();
  return mtu === 0 ? undefined : mtu;
}

/** RTA_VIA, `struct rtvia`: a gateway of another family, preceded by its family. */
function decodeVia(attribute: AttributeReader): Address | undefined {
  const bytes = attribute.bytes();
  const family = bytes.length < 2 ? undefined : familyOfNumber(bytes.readUInt16LE(0));
  return family === undefined ? undefined : attribute.address(family, 2);
}

/** RTA_MULTIPATH: `struct rtnexthop` (rtnh_len, flags, hops, ifindex), each with its own attributes. */
function decodeMultipath(attribute: AttributeReader, family: Family): Route['multipath'] {
  const bytes = attribute.bytes();
  const hops: { linkIndex: number; gateway: Address | undefined }[] = [];
  for (let at = 0; bytes.length - at >= RTNEXTHOP_BYTES; ) {
    const length = bytes.readUInt16LE(at);
    if (length < RTNEXTHOP_BYTES || length > bytes.length - at) {
      throw new KernelError(`a next hop of ${length} bytes where ${bytes.length - at} are left`);
    }
    let gateway: Address | undefined;
    const inner = attribute.nested(at + RTNEXTHOP_BYTES, at + length);
    while (inner.next()) {
      if (inner.type === RTA_GATEWAY) gateway = inner.address(family);
      else if (inner.type === RTA_VIA) gateway = decodeVia(inner);
    }
    hops.push({ linkIndex: bytes.readUInt32LE(at + 4), gateway });
    at += (length + 3) & ~3;
  }
  return hops;
}
