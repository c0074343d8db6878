import { FlockError } from '../errors.ts';
import type { Address } from '../model/address.ts';
import { type CommunityClaim, communitiesOn, formatCommunityClaim, MOST_COMMUNITIES } from '../model/community.ts';
import { IP_ALGO_RULE, type IpAlgoField, parseIpAlgo } from '../model/ip-algo.ts';
import { ANNOTATION_PREFIX } from '../model/names.ts';
import { nearestText } from '../model/nearest-text.ts';
import type { Prefix } from '../model/prefix.ts';
import { escapeText, quoteText } from '../model/printable.ts';
import { type Read, readCidr, readClaim, readCommunityClaim } from './annotation-values.ts';

/** What a pod's annotations ask for, parsed. Whether it is granted is decided elsewhere. */
export interface PodAnnotations {
  /** Undefined: the node's default applies. */
  readonly ipv6: boolean | undefined;
  readonly ipv4: boolean | undefined;
  /** In the order written, without repetitions; empty: the pool is not narrowed. */
  readonly cidr6: readonly Prefix[];
  readonly cidr4: readonly Prefix[];
  /** Undefined when absent, empty or invalid: the node's default applies. */
  readonly ipAlgo: readonly IpAlgoField[] | undefined;
  /** In the order written, without repetitions. No address is in both lists. */
  readonly anycast: readonly Address[];
  readonly addresses: readonly Address[];
  /** In the order written, without repetitions. Every address in them is in one of the two lists. */
  readonly communities: readonly CommunityClaim[];
}

/** Something that does not fail the pod. */
interface AnnotationWarning {
  readonly code: 'annotationUnknown' | 'annotationInvalid';
  readonly message: string;
}

const KEYS = ['ipv6', 'ipv4', 'cidr6', 'cidr4', 'ip-algo', 'anycast', 'addresses', 'communities'] as const;
type Key = (typeof KEYS)[number];

/** Limits of one value. A pod with more addresses than this is a mistake, and would slow down every pass. */
const MAX_ITEMS = 256;
const MAX_CHARACTERS = 16_384;

/**
 * Reads the annotations of a pod.
 * @param written values by key without the prefix; hostile.
 * @returns what they ask for, and warnings about them.
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
    communities: readList(written, 'communities', readCommunityClaim),
  };
  const twice = value.addresses.find((address) => value.anycast.includes(address));
  if (twice !== undefined) throw invalid('addresses', twice, 'is in anycast as well; name it in only one of the two');
  checkCommunities(value);
  const warnings = [...unknownKeys(written), ...communitiesForNothing(value)];
  return { value, warnings: warning === undefined ? warnings : [...warnings, warning] };
}

/** @throws FlockError for a community on an address that is not claimed, and for too many on one. */
function checkCommunities({ anycast, addresses, communities }: PodAnnotations): void {
  const claimed = new Set([...anycast, ...addresses]);
  const stray = communities.find(({ address }) => address !== undefined && !claimed.has(address));
  if (stray !== undefined) {
    const rule = `is for ${stray.address}, which the pod does not claim; name it in anycast or addresses as well`;
    throw invalid('communities', formatCommunityClaim(stray), rule);
  }
  for (const address of claimed) {
    const count = communitiesOn(communities, address).length;
    if (count > MOST_COMMUNITIES) {
      throw invalid('communities', address, `has ${count} communities; ${MOST_COMMUNITIES} of both kinds are the most`);
    }
  }
}

function communitiesForNothing({ anycast, addresses, communities }: PodAnnotations): AnnotationWarning[] {
  if (communities.length === 0 || anycast.length + addresses.length > 0) return [];
  const message = `annotation ${ANNOTATION_PREFIX}communities has no effect: the pod claims no address with anycast or addresses`;
  return [{ code: 'annotationUnknown', message }];
}

function readBoolean(written: ReadonlyMap<string, string>, key: Key): boolean | undefined {
  const text = written.get(key);
  if (text === undefined) return undefined;
  const word = trimBlanks(text);
  if (word !== 'true' && word !== 'false') throw invalid(key, text, 'must be true or false');
  return word === 'true';
}

/** Reads a comma-separated list; a blank value is an empty list. Equal items count once. */
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

/** Blanks and tabs only: a line break in a value is a mistake, or worse. */
function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
