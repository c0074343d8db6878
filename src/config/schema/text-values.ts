import { z } from 'zod';
import { type Address, type Family, familyOf, parseAddress } from '../../model/address.ts';
import { isPodGateway } from '../../model/gateways.ts';
import { formatPrefix, hostPrefix, type Prefix, parsePrefix, prefixOf } from '../../model/prefix.ts';
import { socketPathFault } from '../../model/socket-path.ts';
import {
  describeSpecialBlock,
  isLinkLocal6,
  specialBlockOf,
  specialBlockOverlapping,
} from '../../model/special-prefixes.ts';

/** A text that breaks a rule; the rule is a clause that begins with `must`. */
export class Refusal {
  readonly rule: string;

  constructor(rule: string) {
    this.rule = rule;
  }
}

/** What the JSON Schema says about a key. */
interface KeyMeta {
  readonly description: string;
  readonly examples?: readonly string[];
  readonly pattern?: string;
}

/** A schema for a text that represents a value: parsed once, here. */
export function textAs<T>(meta: KeyMeta, parse: (text: string) => T | Refusal) {
  return z
    .string()
    .meta({ ...meta })
    .transform((text, context): T => {
      const value = parse(text);
      if (!(value instanceof Refusal)) return value;
      context.addIssue({ code: 'custom', message: value.rule });
      return z.NEVER;
    });
}

/** Reads a prefix of either family, without host bits. */
export function readPrefix(text: string): Prefix | Refusal {
  const prefix = parsePrefix(text);
  if (prefix === 'malformed') {
    const bare = parseAddress(text);
    const hint = bare === undefined ? 'such as 10.1.1.0/24 or 2001:db8:1:1::/64' : `such as ${hostPrefix(bare)}`;
    return new Refusal(`must be a prefix with its length, ${hint}`);
  }
  if (prefix !== 'hostBits') return prefix;
  const [address = '', length = ''] = text.split('/');
  const parsed = parseAddress(address);
  const remedy = parsed === undefined ? '' : `; write ${formatPrefix(prefixOf(parsed, Number(length)))}`;
  return new Refusal(`must have no bits set beyond its length${remedy}`);
}

/**
 * Longest prefix of a pool. An IPv4 pool loses its network, first and broadcast addresses, so a /30 still yields one;
 * IPv6 is limited to the same number of addresses.
 */
const LONGEST_POOL: Readonly<Record<Family, number>> = { 4: 30, 6: 126 };

/** Reads the pool of a family. */
export function readPool(text: string, family: Family): Prefix | Refusal {
  const prefix = readPrefix(text);
  if (prefix instanceof Refusal) return prefix;
  if (prefix.family !== family)
    return new Refusal(`must be an IPv${family} prefix; set it as pools.ipv${prefix.family}`);
  const longest = LONGEST_POOL[family];
  if (prefix.length > longest) return new Refusal(`must be /${longest} or shorter, or it yields no address`);
  const special = specialBlockOverlapping(prefix);
  return special === undefined ? prefix : new Refusal(`must not overlap ${describeSpecialBlock(special)}`);
}

/** Reads the address of one end of a BGP session. */
export function readPeerAddress(text: string): Address | Refusal {
  // With or without its interface: `fe80::1%eth0`.
  const unscoped = parseAddress(text.replace(/%.*$/s, ''));
  if (unscoped !== undefined && isLinkLocal6(unscoped)) {
    return new Refusal(
      'must not be an IPv6 link-local address: sessions over them, which need an interface, are not supported; use a global or unique local address',
    );
  }
  const address = parseAddress(text);
  if (address === undefined) return new Refusal('must be an IPv4 or IPv6 address such as 10.0.0.254 or 2001:db8::1');
  const special = specialBlockOf(address);
  // Clouds peer over IPv4 link-local addresses.
  if (special !== undefined && special.kind !== 'linkLocal') {
    return new Refusal(`must not lie in ${describeSpecialBlock(special)}`);
  }
  return isPodGateway(address) ? new Refusal('must not be the address that every pod has as its gateway') : address;
}

/** Reads a BGP identifier: four bytes written as an IPv4 address, not zero (RFC 6286, 2.1). */
export function readRouterId(text: string): Address | Refusal {
  const address = parseAddress(text);
  if (address === undefined || familyOf(address) !== 4 || address === '0.0.0.0') {
    return new Refusal('must be written as an IPv4 address other than 0.0.0.0');
  }
  return address;
}

/** Where a server listens. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`; an IPv6 address must be in brackets. */
export function readListen(text: string): Listen | Refusal {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const inBrackets = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  const outside = match?.[2];
  const port = Number(match?.[3]);
  const host = inBrackets ?? (outside === 'localhost' ? outside : parseAddress(outside ?? ''));
  const wellFormed = host !== undefined && (inBrackets === undefined || familyOf(inBrackets) === 6);
  if (!wellFormed || !(port >= 1 && port <= 65_535)) {
    return new Refusal(
      'must be an address and a port from 1 to 65535, such as 127.0.0.1:9179, [::1]:9179, or [::]:9179 for every address of the host',
    );
  }
  return { host, port };
}

/**
 * Longest path of the file that BIRD reads. It is sent to BIRD inside a command, of which BIRD takes 1,023 bytes
 * (`CLI_RX_BUF_SIZE` in `nest/cli.h`), and candidates are staged in a folder beside it.
 */
export const BIRD_FILE_PATH_BYTES = 500;

/** Longest path of other files (`PATH_MAX` of `linux/limits.h`, minus the terminating zero). */
export const PATH_BYTES = 4_095;

/** Reads an absolute path that can be quoted in BIRD's configuration and commands, which have no escapes. */
export function readPath(text: string, maxBytes: number): string | Refusal {
  if (!text.startsWith('/')) return new Refusal('must be an absolute path');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
  if (/["'\u0000-\u001f\u007f]/.test(text)) return new Refusal('must not contain quotes or control characters');
  if (Buffer.byteLength(text) > maxBytes) return new Refusal(`must have at most ${maxBytes} bytes`);
  return text;
}

/** Reads the absolute path of a unix socket. */
export function readSocketPath(text: string): string | Refusal {
  const path = readPath(text, PATH_BYTES);
  const fault = socketPathFault(text);
  return path instanceof Refusal || fault === undefined ? path : new Refusal(fault);
}
