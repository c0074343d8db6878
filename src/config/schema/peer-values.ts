import { communityNumbers } from '../../model/community.ts';
import { parsePrefix } from '../../model/prefix.ts';
import type { Community, LargeCommunity, PrefixPattern } from '../types.ts';
import { Refusal, readPrefix } from './text-values.ts';

/** Reads `asn:value`, each of 16 bits (RFC 1997). */
export function readCommunity(text: string): Community | Refusal {
  const [asn, value, third] = communityNumbers(text) ?? [];
  if (asn !== undefined && value !== undefined && third === undefined) return { asn, value };
  return new Refusal(
    'must be two numbers from 0 to 65535 without leading zeros, such as 64600:100; larger AS numbers need largeCommunities',
  );
}

/** Reads `asn:data1:data2`, each of 32 bits (RFC 8092). */
export function readLargeCommunity(text: string): LargeCommunity | Refusal {
  const [asn, data1, data2] = communityNumbers(text) ?? [];
  if (asn !== undefined && data1 !== undefined && data2 !== undefined) return { asn, data1, data2 };
  return new Refusal('must be three numbers from 0 to 4294967295 without leading zeros, such as 64600:1:100');
}

/**
 * Reads a prefix, which means itself, or with a `+` appended, as in BIRD's language, itself and everything inside it.
 */
export function readPrefixPattern(text: string): PrefixPattern | Refusal {
  const inside = text.endsWith('+');
  const written = inside ? text.slice(0, -1) : text;
  const prefix = readPrefix(written);
  if (!(prefix instanceof Refusal)) return { prefix, inside };
  // The remedy ends with the corrected prefix.
  return parsePrefix(written) === 'hostBits'
    ? new Refusal(`${prefix.rule}${inside ? '+' : ''}`)
    : new Refusal('must be a prefix such as 10.0.0.0/8, or 10.0.0.0/8+ to include everything inside it');
}

/** Longest description, in characters: one line on a screen. */
const DESCRIPTION_LENGTH = 80;

/**
 * Reads a descriptive text that is quoted in BIRD's configuration, whose strings have no escapes and end at the next
 * quote (`conf/cf-lex.l`).
 */
export function readDescription(text: string): string | Refusal {
  if (/^[ !#-~]+$/.test(text) && text.length <= DESCRIPTION_LENGTH) return text;
  return new Refusal(`must be 1 to ${DESCRIPTION_LENGTH} printable ASCII characters, none of them a double quote`);
}
