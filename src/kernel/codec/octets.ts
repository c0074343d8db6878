import type { Address, Family } from '../../model/address.ts';
import { KernelError } from '../ports.ts';
import { AF_INET, AF_INET6 } from './constants.ts';

/**
 * Converts addresses between canonical text and network bytes without the general parser: ten thousand routes carry
 * twenty thousand addresses, and the general parser alone would take longer than the kernel. A property test checks
 * both directions against `addressToBytes` and `addressFromBytes`.
 */

const DOT = 0x2e;
const COLON = 0x3a;
const IPV6_GROUPS = 8;

/** The family number of an address family. */
export function familyNumber(family: Family): number {
  return family === 4 ? AF_INET : AF_INET6;
}

/** The address family of a family number; undefined for all others (bridge, MPLS, multicast routing). */
export function familyOfNumber(number: number): Family | undefined {
  if (number === AF_INET) return 4;
  return number === AF_INET6 ? 6 : undefined;
}

/**
 * Writes an address in network order.
 * @returns the number of bytes written, 4 or 16.
 * @throws KernelError when the text is not an address.
 */
export function writeAddress(text: string, into: Uint8Array, at: number): 4 | 16 {
  return text.includes(':') ? writeIPv6(text, into, at) : writeIPv4(text, into, at);
}

function writeIPv4(text: string, into: Uint8Array, at: number): 4 {
  let part = 0;
  let value = 0;
  let digits = 0;
  for (let i = 0; i <= text.length; i += 1) {
    const code = i === text.length ? DOT : text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || value > 255 || part === 4) throw notAnAddress(text);
      into[at + part] = value;
      part += 1;
      value = 0;
      digits = 0;
    } else {
      if (code < 0x30 || code > 0x39 || digits === 3) throw notAnAddress(text);
      value = value * 10 + code - 0x30;
      digits += 1;
    }
  }
  if (part !== 4) throw notAnAddress(text);
  return 4;
}

function writeIPv6(text: string, into: Uint8Array, at: number): 16 {
  const gap = text.indexOf('::');
  const head = gap === -1 ? text : text.slice(0, gap);
  const tail = gap === -1 ? '' : text.slice(gap + 2);
  into.fill(0, at, at + 16);
  const before = writeGroups(head, into, at, text);
  if (gap === -1) {
    if (before !== IPV6_GROUPS) throw notAnAddress(text);
    return 16;
  }
  const after = tail === '' ? 0 : tail.split(':').length;
  if (before + after >= IPV6_GROUPS) throw notAnAddress(text);
  writeGroups(tail, into, at + 2 * (IPV6_GROUPS - after), text);
  return 16;
}

/** Writes colon-separated groups and returns how many there are; an empty text has none. */
function writeGroups(groups: string, into: Uint8Array, at: number, text: string): number {
  if (groups === '') return 0;
  let count = 0;
  let value = 0;
  let digits = 0;
  for (let i = 0; i <= groups.length; i += 1) {
    const code = i === groups.length ? COLON : groups.charCodeAt(i);
    if (code === COLON) {
      if (digits === 0 || count === IPV6_GROUPS) throw notAnAddress(text);
      into[at + 2 * count] = value >> 8;
      into[at + 2 * count + 1] = value & 0xff;
      count += 1;
      value = 0;
      digits = 0;
    } else {
      const digit = hexDigit(code);
      if (digit === -1 || digits === 4) throw notAnAddress(text);
      value = (value << 4) | digit;
      digits += 1;
    }
  }
  return count;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function notAnAddress(text: string): KernelError {
  return new KernelError(`"${text}" is not an IP address`);
}

/** The canonical address of 4 or 16 bytes in network order. */
export function readAddress(bytes: Uint8Array, at: number, family: Family): Address {
  if (family === 4) return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}` as Address;
  // RFC 5952, 4.2: the longest run of two or more zero groups is shortened, the first among equals.
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < IPV6_GROUPS; i += 1) {
    let end = i;
    while (end < IPV6_GROUPS && bytes[at + 2 * end] === 0 && bytes[at + 2 * end + 1] === 0) end += 1;
    if (end - i > runLength) {
      runStart = i;
      runLength = end - i;
    }
    if (end > i) i = end;
  }
  let text = '';
  for (let i = 0; i < IPV6_GROUPS; i += 1) {
    if (i === runStart) {
      text += '::';
      i += runLength - 1;
      continue;
    }
    if (text !== '' && !text.endsWith('::')) text += ':';
    text += (((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0)).toString(16);
  }
  return text as Address;
}

/** Six bytes of a `aa:bb:cc:dd:ee:ff`. @throws KernelError for anything else. */
export function macToBytes(mac: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) {
    throw new KernelError(`"${mac}" is not a MAC address (six pairs of hexadecimal digits with colons)`);
  }
  return Uint8Array.from(mac.split(':'), (pair) => Number.parseInt(pair, 16));
}

/** A hardware address of any length as pairs of hexadecimal digits with colons. */
export function macFromBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
