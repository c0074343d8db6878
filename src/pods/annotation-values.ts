import { type Address, addressBits, type Family, familyOf, parseAddress } from '../model/address.ts';
import { type CommunityClaim, largestIn, parseCommunity } from '../model/community.ts';
import { formatPrefix, hostPrefix, type Prefix, parsePrefix, prefixOf } from '../model/prefix.ts';

/** A value, or the rule that the text breaks: a clause to follow the quoted text. */
export type Read<T> = { readonly value: T } | { readonly rule: string };

/** A prefix of the family. */
export function readCidr(text: string, family: Family): Read<Prefix> {
  const prefix = parsePrefix(text);
  if (prefix === 'malformed') return { rule: `must be an IPv${family} prefix with its length` };
  if (prefix === 'hostBits') return { rule: `must have no bits set beyond its length${withoutHostBits(text)}` };
  return prefix.family === family
    ? { value: prefix }
    : { rule: `must be an IPv${family} prefix; use cidr${prefix.family}` };
}

function withoutHostBits(text: string): string {
  const [address = '', length = ''] = text.split('/');
  const parsed = parseAddress(address);
  return parsed === undefined ? '' : `; write ${formatPrefix(prefixOf(parsed, Number(length)))}`;
}

/** An address that a pod claims; it may carry the length of a host prefix. */
export function readClaim(text: string): Read<Address> {
  const [bare = '', ...rest] = text.split('/');
  const address = parseAddress(bare);
  if (address === undefined) return { rule: 'must be an IPv4 or IPv6 address' };
  if (rest.length === 0 || rest.join('/') === String(addressBits(familyOf(address)))) return { value: address };
  return { rule: `must be a single address; write ${address} or ${hostPrefix(address)}` };
}

/** A community of either kind, for all claimed addresses or, with `ADDRESS=` before it, for one of them. */
export function readCommunityClaim(text: string): Read<CommunityClaim> {
  const at = text.indexOf('=');
  const written = text.slice(at + 1);
  const community = parseCommunity(written);
  if (community === undefined) return { rule: communityRule(written) };
  if (at === -1) return { value: { address: undefined, community } };
  const address = readClaim(text.slice(0, at));
  return 'rule' in address
    ? { rule: `must have one address before the =, such as 192.0.2.53=${community}: it ${address.rule}` }
    : { value: { address: address.value, community } };
}

function communityRule(text: string): string {
  if (/^\d{1,10}:\d{1,10}$/.test(text) && text.split(':').some((part) => Number(part) > largestIn(2))) {
    return 'has a number above 65535; an AS number of four bytes needs a large community such as 4200000000:1:100';
  }
  const forms = `64600:100 (two numbers from 0 to ${largestIn(2)}) or 64600:1:100 (three from 0 to ${largestIn(3)})`;
  return `must be a community such as ${forms}, without leading zeros, with ADDRESS= before it when it is for one address`;
}
