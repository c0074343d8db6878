import ipaddr from 'ipaddr.js';

/** An address family: 4 for IPv4, 6 for IPv6. */
export type Family = 4 | 6;

/** Both families in the order in which flockd prints them. */
export const FAMILIES: readonly Family[] = [4, 6];

declare const addressBrand: unique symbol;

/**
 * An IP address in its one canonical text form: dotted quad, or RFC 5952 for IPv6. Two addresses are equal exactly when
 * their texts are equal, so an `Address` can serve as a map key. Only `parseAddress` and the other functions of this
 * file create one.
 */
export type Address = string & { readonly [addressBrand]: true };

/** Bits in an address of the family. */
export function addressBits(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** The family of an address. */
export function familyOf(address: Address): Family {
  return address.includes(':') ? 6 : 4;
}

/**
 * Reads one address. Four decimal parts without leading zeros for IPv4; no zone, no IPv4-mapped form for IPv6, since
 * neither is an address that could be announced.
 * @returns the canonical address, or undefined when the text is not one.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(':')) {
    if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
    const parsed = ipaddr.IPv6.parse(text);
    return parsed.isIPv4MappedAddress() ? undefined : (parsed.toRFC5952String() as Address);
  }
  // isValidFourPartDecimal excludes the octal, hexadecimal and short forms that inet_aton(3) would accept.
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? (ipaddr.IPv4.parse(text).toString() as Address) : undefined;
}

/** The bytes of an address in network order, 4 or 16 of them. */
export function addressToBytes(address: Address): Uint8Array {
  return Uint8Array.from(ipaddr.parse(address).toByteArray());
}

/**
 * The address of 4 or 16 bytes in network order.
 * @throws RangeError for any other length.
 */
export function addressFromBytes(bytes: Uint8Array): Address {
  if (bytes.length === 4) return bytes.join('.') as Address;
  if (bytes.length !== 16) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  return new ipaddr.IPv6([...bytes]).toRFC5952String() as Address;
}

/** The address as an unsigned number of 32 or 128 bits. */
export function addressToBigInt(address: Address): bigint {
  let value = 0n;
  for (const byte of addressToBytes(address)) value = (value << 8n) | BigInt(byte);
  return value;
}

/**
 * The address of a family with the given value.
 * @throws RangeError when the value does not fit the family.
 */
export function addressFromBigInt(family: Family, value: bigint): Address {
  const bits = addressBits(family);
  if (value < 0n || value >> BigInt(bits) !== 0n) throw new RangeError(`${value} is not an IPv${family} address`);
  const bytes = new Uint8Array(bits / 8);
  let rest = value;
  for (let i = bytes.length - 1; i >= 0; i -= 1) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return addressFromBytes(bytes);
}

/** Sorts IPv4 before IPv6 and by value inside a family, for deterministic output. */
export function compareAddresses(a: Address, b: Address): number {
  const byFamily = familyOf(a) - familyOf(b);
  if (byFamily !== 0) return byFamily;
  return a === b ? 0 : addressToBigInt(a) < addressToBigInt(b) ? -1 : 1;
}
