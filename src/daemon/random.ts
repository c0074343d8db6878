import { randomBytes } from 'node:crypto';

/** A uniformly random whole number from 0 to `limit` - 1: 64 bits more than needed make the bias negligible. */
export function random(limit: bigint): bigint {
  const bytes = Math.ceil(limit.toString(2).length / 8) + 8;
  return BigInt(`0x${randomBytes(bytes).toString('hex')}`) % limit;
}
