import type { FilterCondition, FilterRule, FilterVerdict } from './filter.ts';
import { bigEndian, decodeVerdict, inside, type NftExpression } from './nftables-codec.ts';

/** linux/netfilter/nf_tables.h. */
const NFTA_META_DREG = 1;
const NFTA_META_KEY = 2;
const NFT_META_IIFNAME = 6;
const NFT_META_OIFNAME = 7;
const NFTA_CMP_SREG = 1;
const NFTA_CMP_OP = 2;
const NFTA_CMP_DATA = 3;
const NFTA_DATA_VALUE = 1;
const NFT_CMP_EQ = 0;
const NFT_CMP_NEQ = 1;
const NFTA_CT_DREG = 1;
const NFTA_CT_KEY = 2;
const NFT_CT_STATE = 0;
const NFTA_BITWISE_SREG = 1;
const NFTA_BITWISE_DREG = 2;
const NFTA_BITWISE_MASK = 4;
const NFTA_LOOKUP_DREG = 3;
const NFTA_TARGET_NAME = 1;
/** NF_CT_STATE_BIT(IP_CT_NEW) (linux/netfilter/nf_conntrack_common.h). */
const STATE_NEW = 1 << 3;
/** IFNAMSIZ: a whole name is compared with its terminating zero bytes, a prefix without. */
const NAME_BYTES = 16;

/** Expressions that neither select packets nor decide their fate. */
const HARMLESS: readonly string[] = [
  'counter',
  'log',
  'notrack',
  'objref',
  'masq',
  'nat',
  'dup',
  'flow_offload',
  'last',
];

/** What a register holds, as far as it is tracked. */
type Content =
  | { readonly kind: 'interface'; readonly side: 'in' | 'out' }
  | { readonly kind: 'state'; readonly mask: number };

/**
 * Reads an nftables rule from its expressions. What is not understood becomes a condition that may or may not match, or
 * an unknown verdict.
 */
export function readRule(expressions: readonly NftExpression[]): FilterRule {
  const registers = new Map<number, Content>();
  const conditions: FilterCondition[] = [];
  let verdict: FilterVerdict = { kind: 'continue' };
  for (const { name, data } of expressions) {
    if (data === undefined) {
      if (name === 'reject') verdict = { kind: 'drop' };
      else if (!HARMLESS.includes(name)) conditions.push({ kind: 'other' });
    } else if (name === 'immediate') verdict = decodeVerdict(data) ?? verdict;
    else if (name === 'reject') verdict = { kind: 'drop' };
    else if (name === 'match') conditions.push(matchCondition(data));
    else if (name === 'target') verdict = targetVerdict(inside(data, NFTA_TARGET_NAME)?.text() ?? '');
    else if (name === 'queue') verdict = { kind: 'unknown' };
    else if (name === 'meta') load(registers, NFTA_META_DREG, NFTA_META_KEY, data, interfaceOf);
    else if (name === 'ct') load(registers, NFTA_CT_DREG, NFTA_CT_KEY, data, stateOf);
    else if (name === 'bitwise') mask(registers, data);
    else if (name === 'cmp') conditions.push(comparison(registers, data));
    else if (name === 'lookup') {
      conditions.push({ kind: 'other' });
      // A map of verdicts: register 0 is the verdict.
      const into = inside(data, NFTA_LOOKUP_DREG);
      if (into !== undefined && bigEndian(into) === 0) verdict = { kind: 'unknown' };
    } else if (['payload', 'exthdr', 'byteorder', 'numgen', 'hash', 'rt', 'socket', 'fib'].includes(name))
      // It writes a register that is not tracked: since it could be any, the contents of all are unknown.
      registers.clear();
    else if (!HARMLESS.includes(name)) conditions.push({ kind: 'other' });
  }
  return { conditions, verdict };
}

/** The verdict of an iptables target extension; those that change or log a packet let it pass on. */
function targetVerdict(name: string): FilterVerdict {
  if (name === 'REJECT' || name === 'TARPIT') return { kind: 'drop' };
  return { kind: ['NFQUEUE', 'SYNPROXY'].includes(name) ? 'unknown' : 'continue' };
}

const NFTA_MATCH_NAME = 1;
const NFTA_MATCH_REV = 2;
const NFTA_MATCH_INFO = 3;
/** `struct xt_conntrack_mtinfo2` and `3` (linux/netfilter/xt_conntrack.h): flags, inverted flags and states. */
const CONNTRACK_FLAGS = 146;
const CONNTRACK_INVERTED = 148;
const CONNTRACK_STATES = 150;
const XT_CONNTRACK_STATE = 1;

/**
 * The condition of an iptables match extension: the connection state, or for all others just that there is a condition.
 */
function matchCondition(data: Attributes): FilterCondition {
  let name = '';
  let revision = 0;
  let info: Buffer = Buffer.alloc(0);
  while (data.next()) {
    if (data.type === NFTA_MATCH_NAME) name = data.text();
    else if (data.type === NFTA_MATCH_REV) revision = bigEndian(data);
    else if (data.type === NFTA_MATCH_INFO) info = data.bytes();
  }
  if (name !== 'conntrack' || revision < 2 || info.length < CONNTRACK_STATES + 2) return { kind: 'other' };
  const asks = (info.readUInt16LE(CONNTRACK_FLAGS) & XT_CONNTRACK_STATE) !== 0;
  const inverted = (info.readUInt16LE(CONNTRACK_INVERTED) & XT_CONNTRACK_STATE) !== 0;
  if (!asks) return { kind: 'other' };
  return { kind: 'connection', matchesNew: ((info.readUInt16LE(CONNTRACK_STATES) & STATE_NEW) !== 0) !== inverted };
}

type Attributes = NonNullable<NftExpression['data']>;

function load(
  registers: Map<number, Content>,
  registerType: number,
  keyType: number,
  data: Attributes,
  contentOf: (key: number) => Content | undefined,
): void {
  let register: number | undefined;
  let key: number | undefined;
  while (data.next()) {
    if (data.type === registerType) register = bigEndian(data);
    else if (data.type === keyType) key = bigEndian(data);
  }
  if (register === undefined) return;
  const content = key === undefined ? undefined : contentOf(key);
  if (content === undefined) registers.delete(register);
  else registers.set(register, content);
}

function interfaceOf(key: number): Content | undefined {
  if (key === NFT_META_IIFNAME) return { kind: 'interface', side: 'in' };
  return key === NFT_META_OIFNAME ? { kind: 'interface', side: 'out' } : undefined;
}

function stateOf(key: number): Content | undefined {
  return key === NFT_CT_STATE ? { kind: 'state', mask: 0xffff_ffff } : undefined;
}

function mask(registers: Map<number, Content>, data: Attributes): void {
  let from: number | undefined;
  let into: number | undefined;
  let value: Buffer | undefined;
  while (data.next()) {
    if (data.type === NFTA_BITWISE_SREG) from = bigEndian(data);
    else if (data.type === NFTA_BITWISE_DREG) into = bigEndian(data);
    else if (data.type === NFTA_BITWISE_MASK) value = inside(data.nested(), NFTA_DATA_VALUE)?.bytes();
  }
  const content = from === undefined ? undefined : registers.get(from);
  if (into === undefined) return;
  // The state is in its register in host byte order.
  if (content?.kind === 'state' && value?.length === 4) {
    registers.set(into, { kind: 'state', mask: value.readUInt32LE(0) });
  } else registers.delete(into);
}

function comparison(registers: ReadonlyMap<number, Content>, data: Attributes): FilterCondition {
  let register: number | undefined;
  let operator: number | undefined;
  let value: Buffer | undefined;
  while (data.next()) {
    if (data.type === NFTA_CMP_SREG) register = bigEndian(data);
    else if (data.type === NFTA_CMP_OP) operator = bigEndian(data);
    else if (data.type === NFTA_CMP_DATA) value = inside(data.nested(), NFTA_DATA_VALUE)?.bytes();
  }
  const content = register === undefined ? undefined : registers.get(register);
  if (content === undefined || value === undefined) return { kind: 'other' };
  if (content.kind === 'interface') {
    if (operator !== NFT_CMP_EQ && operator !== NFT_CMP_NEQ) return { kind: 'other' };
    const text = value.toString('latin1');
    const end = text.indexOf('\0');
    const prefix = end === -1 && value.length < NAME_BYTES;
    const name = end === -1 ? text : text.slice(0, end);
    return { ...{ kind: 'interface', side: content.side, name, prefix }, negated: operator === NFT_CMP_NEQ };
  }
  const isZero = value.every((byte) => byte === 0);
  if (operator === NFT_CMP_NEQ && isZero) return { kind: 'connection', matchesNew: (content.mask & STATE_NEW) !== 0 };
  if (operator === NFT_CMP_EQ && value.length === 4 && !isZero) {
    return { kind: 'connection', matchesNew: (value.readUInt32LE(0) & STATE_NEW) !== 0 };
  }
  return { kind: 'other' };
}
