/** Bits of one nibble, which is one hexadecimal digit of the address. */
const NIBBLE = 4;

/**
 * The sixteen interface ids for the given texts: runs of nibbles of equal length, hashed from each text in order, and
 * one trailing nibble from 0 to 15 that distinguishes replicas. The remainder of the division (spare nibbles, and the
 * bits above the last whole nibble) is zero, at the front.
 * @param texts values of the fields; at least one.
 * @param hostBits bits of the address after the prefix, 0 to 128.
 * @returns the ids in ascending order; undefined when the host part is too short for one nibble per text and the
 * trailing one.
 */
export function interfaceIds(texts: readonly string[], hostBits: number): readonly bigint[] | undefined {
  const run = Math.floor((Math.floor(hostBits / NIBBLE) - 1) / texts.length);
  if (texts.length === 0 || run < 1) return undefined;
  let id = 0n;
  for (const text of texts) id = (id << BigInt(run * NIBBLE)) | nibbles(text, run);
  return Array.from({ length: 16 }, (_, replica) => (id << BigInt(NIBBLE)) | BigInt(replica));
}

/**
 * `count` nibbles that represent a text. For an image digest (64 hexadecimal digits, alone or after `sha256:` or
 * `@sha256:`), the leading ones, which are those that tools print; for every other text, its folded FNV-1a-64 hash.
 */
function nibbles(text: string, count: number): bigint {
  const digest = /^(?:(?:[^@]+@)?sha256:)?([0-9a-f]{64})$/i.exec(text)?.[1];
  if (digest !== undefined) return BigInt(`0x${digest.slice(0, count)}`);
  const bits = BigInt(count * NIBBLE);
  const hash = fnv1a64(text);
  // xor-folding of draft-eastlake-fnv, section 3: the low bits alone would miss the high bits of every input byte.
  return bits >= 64n ? hash : ((hash >> bits) ^ hash) & ((1n << bits) - 1n);
}

/** FNV-1a, 64 bits, over the UTF-8 bytes of a text (offset basis and prime as in draft-eastlake-fnv). */
export function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text, 'utf8')) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}
