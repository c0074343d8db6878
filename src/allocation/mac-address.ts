/**
 * A random hardware address: locally administered, unicast (IEEE 802: bit 1 of the first byte set, bit 0 clear).
 * @param random a uniformly random whole number from 0 to `limit` - 1.
 */
export function randomMac(random: (limit: bigint) => bigint): string {
  const value = random(1n << 46n);
  const first = ((value >> 40n) << 2n) | 0x02n;
  const bytes = [first, ...[32n, 24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
