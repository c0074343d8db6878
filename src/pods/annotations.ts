import { FlockError } from '../errors.ts';
import { type Address, addressBits, type Family, familyOf, parseAddress } from '../model/address.ts';
import { IP_ALGO_RULE, type IpAlgoField, parseIpAlgo } from '../model/ip-algo.ts';
import { ANNOTATION_PREFIX } from '../model/names.ts';
import { formatPrefix, hostPrefix, type Prefix, parsePrefix, prefixOf } from '../model/prefix.ts';
import { escapeText, nearestText, quoteText } from '../model/text.ts';

/** What a pod's annotations ask for, parsed. Whether it may have it is decided elsewhere. */
export interface PodAnnotations {
  /** Undefined: the node's default counts. */
  readonly ipv6: boolean | undefined;
  readonly ipv4: boolean | undefined;
  /** In the order written, without repetitions; empty: the pool is not narrowed. */
  readonly cidr6: readonly Prefix[];
  readonly cidr4: readonly Prefix[];
  /** Undefined when absent, empty or invalid: the node's default counts. */
  readonly ipAlgo: readonly IpAlgoField[] | undefined;
  /** In the order written, without repetitions. No address is in both lists. */
  readonly anycast: readonly Address[];
  readonly addresses: readonly Address[];
}

/** Something that does not fail the pod. */
export interface AnnotationWarning {
  readonly code: 'annotationUnknown' | 'annotationInvalid';
  readonly message: string;
}

const KEYS = ['ipv6', 'ipv4', 'cidr6', 'cidr4', 'ip-algo', 'anycast', 'addresses'] as const;
type Key = (typeof KEYS)[number];

/** Bounds of one value. A pod with more addresses than this is a mistake, and would slow every pass down. */
const MAX_ITEMS = 256;
const MAX_CHARACTERS = 16_384;

/**
 * Reads the annotations of a pod.
 * @param written values by key without the prefix; hostile.
 * @returns what they ask for, and what is odd about them.
 * @throws FlockError `annotationInvalid` with the annotation, the value and the rule in its message.
 */
export function parseAnnotations(written: ReadonlyMap<string, string>): {
  readonly value: PodAnnotations;
  readonly warnings: readonly AnnotationWarning[];
} {
  const { ipAlgo, warning } = readIpAlgo(written.get('ip-algo') ?? '');
  const value: PodAnnotations = {
    ipv6: readBoolean(written, 'ipv6'),
    ipv4: readBoolean(written, 'ipv4'),
    cidr6: readList(written, 'cidr6', (text) => readCidr(text, 6)),
    cidr4: readList(written, 'cidr4', (text) => readCidr(text, 4)),
    ipAlgo,
    anycast: readList(written, 'anycast', readClaim),
    addresses: readList(written, 'addresses', readClaim),
  };
  const twice = value.addresses.find((address) => value.anycast.includes(address));
  if (twice !== undefined) throw invalid('addresses', twice, 'is in anycast as well; name it in one of the two');
  return { value, warnings: [...unknownKeys(written), ...(warning === undefined ? [] : [warning])] };
}

/** A value, or the rule that the text breaks. */
type Read<T> = { readonly value: T } | { readonly rule: string };

function readBoolean(written: ReadonlyMap<string, string>, key: Key): boolean | undefined {
  const text = written.get(key);
  if (text === undefined) return undefined;
  const word = trimBlanks(text);
  if (word !== 'true' && word !== 'false') throw invalid(key, text, 'must be true or false');
  return word === 'true';
}

/** Reads a comma list, none for a blank value. Equal items count once. */
function readList<T>(written: ReadonlyMap<string, string>, key: Key, read: (item: string) => Read<T>): readonly T[] {
  const text = trimBlanks(written.get(key) ?? '');
  if (text === '') return [];
  if (text.length > MAX_CHARACTERS) throw invalid(key, text, `is longer than ${MAX_CHARACTERS} characters`);
  const items = text.split(',');
  if (items.length > MAX_ITEMS) throw invalid(key, text, `has more than ${MAX_ITEMS} items`);
  const values = new Map<string, T>();
  for (const item of items.map(trimBlanks)) {
    if (item === '') throw invalid(key, text, 'has an empty item; remove the comma, or fill in what is missing');
    const result = read(item);
    if ('rule' in result) throw invalid(key, item, result.rule);
    values.set(JSON.stringify(result.value), result.value);
  }
  return [...values.values()];
}

function readCidr(text: string, family: Family): Read<Prefix> {
  const prefix = parsePrefix(text);
  if (prefix === 'malformed') return { rule: `must be an IPv${family} prefix with its length` };
  if (prefix === 'hostBits') return { rule: `must have no bits set behind its length${withoutHostBits(text)}` };
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
function readClaim(text: string): Read<Address> {
  const [bare = '', ...rest] = text.split('/');
  const address = parseAddress(bare);
  if (address === undefined) return { rule: 'must be an IPv4 or IPv6 address' };
  if (rest.length === 0 || rest.join('/') === String(addressBits(familyOf(address)))) return { value: address };
  return { rule: `must be a single address; write ${address} or ${hostPrefix(address)}` };
}

/** Never fails the pod. */
function readIpAlgo(text: string): { ipAlgo: readonly IpAlgoField[] | undefined; warning?: AnnotationWarning } {
  const fields = parseIpAlgo(text);
  if (fields !== undefined) return { ipAlgo: fields.length === 0 ? undefined : fields };
  const message = `annotation ${ANNOTATION_PREFIX}ip-algo: ${quoteText(text)} is ignored: it ${IP_ALGO_RULE}`;
  return { ipAlgo: undefined, warning: { code: 'annotationInvalid', message } };
}

function unknownKeys(written: ReadonlyMap<string, string>): AnnotationWarning[] {
  return [...written.keys()]
    .filter((key) => KEYS.every((known) => known !== key))
    .map((key) => {
      const nearest = nearestText(key, KEYS);
      const remedy = nearest === undefined ? `known are ${KEYS.join(', ')}` : `did you mean ${nearest}?`;
      const message = `annotation ${ANNOTATION_PREFIX}${escapeText(key, 80)} is not known and has no effect; ${remedy}`;
      return { code: 'annotationUnknown', message };
    });
}

function invalid(key: Key, text: string, rule: string): FlockError {
  return new FlockError('annotationInvalid', `annotation ${ANNOTATION_PREFIX}${key}: ${quoteText(text)} ${rule}`);
}

/** Blanks and tabs only: a line break in a value is somebody's mistake, or worse. */
function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
