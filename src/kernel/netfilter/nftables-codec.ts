import type { Family } from '../../model/address.ts';
import { NLM_F_DUMP } from '../codec/constants.ts';
import { type AttributeReader, attributesOf, type Message, requireHeader } from '../codec/reader.ts';
import type { MessageWriter } from '../codec/writer.ts';
import type { FilterVerdict } from './filter.ts';

/** NFNL_SUBSYS_NFTABLES and messages (linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h). */
const NFTABLES = 10 << 8;
const NFT_MSG_NEWCHAIN = NFTABLES | 3;
const NFT_MSG_GETCHAIN = NFTABLES | 4;
const NFT_MSG_NEWRULE = NFTABLES | 6;
const NFT_MSG_GETRULE = NFTABLES | 7;
const NFT_MSG_NEWGEN = NFTABLES | 15;
const NFT_MSG_GETGEN = NFTABLES | 16;

/** Bytes of `struct nfgenmsg`. */
const NFGENMSG_BYTES = 4;
const NFTA_GEN_ID = 1;
const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_HOOK = 4;
const NFTA_CHAIN_POLICY = 5;
const NFTA_HOOK_HOOKNUM = 1;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
/** enum nft_verdicts, NF_DROP and NF_ACCEPT. */
const VERDICTS: ReadonlyMap<number, 'accept' | 'drop' | 'return' | 'continue'> = new Map([
  [0, 'drop'],
  [1, 'accept'],
  [-1, 'continue'],
  [-5, 'return'],
]);
const NFT_JUMP = -3;
const NFT_GOTO = -4;
/** NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6 (linux/netfilter.h): which packets a table sees. */
export const TABLE_FAMILIES: ReadonlyMap<number, { readonly name: string; readonly families: readonly Family[] }> =
  new Map([
    [1, { name: 'inet', families: [4, 6] }],
    [2, { name: 'ip', families: [4] }],
    [10, { name: 'ip6', families: [6] }],
  ]);
/** NF_INET_FORWARD. */
const HOOK_FORWARD = 2;

/** A chain as the kernel lists it. */
export interface NftChain {
  /** NFPROTO number of its table. */
  readonly family: number;
  readonly table: string;
  readonly name: string;
  /** Whether it sees forwarded packets. */
  readonly forward: boolean;
  readonly policy: 'accept' | 'drop';
}

/** One expression of a rule: its name, and its own attributes. */
export interface NftExpression {
  readonly name: string;
  /** Undefined for an expression without any. */
  readonly data: AttributeReader | undefined;
}

function begin(writer: MessageWriter, type: number, flags: number, family: number, sequence: number): void {
  writer.begin(type, flags, sequence);
  writer.u8(family);
  writer.u8(0); // NFNETLINK_V0
  writer.u16(0);
}

/** NFT_MSG_GETGEN: the number of the rule set. */
export function encodeGenerationRequest(writer: MessageWriter, sequence: number): void {
  begin(writer, NFT_MSG_GETGEN, 0, 0, sequence);
  writer.end();
}

/** NFT_MSG_GETCHAIN: all chains of all families. */
export function encodeChainsRequest(writer: MessageWriter, sequence: number): void {
  begin(writer, NFT_MSG_GETCHAIN, NLM_F_DUMP, 0, sequence);
  writer.end();
}

/** NFT_MSG_GETRULE: the rules of one chain. */
export function encodeRulesRequest(writer: MessageWriter, chain: NftChain, sequence: number): void {
  begin(writer, NFT_MSG_GETRULE, NLM_F_DUMP, chain.family, sequence);
  writer.attributeName(NFTA_RULE_TABLE, chain.table);
  writer.attributeName(NFTA_RULE_CHAIN, chain.name);
  writer.end();
}

/** Reads an NFT_MSG_NEWGEN. @throws KernelError when the bytes are not such a message. */
export function decodeGeneration(message: Message): number | undefined {
  requireHeader(message, NFGENMSG_BYTES, 'nftables generation');
  if (message.type !== NFT_MSG_NEWGEN) return undefined;
  const attributes = attributesOf(message, NFGENMSG_BYTES);
  while (attributes.next()) if (attributes.type === NFTA_GEN_ID) return bigEndian(attributes);
  return undefined;
}

/** Reads an NFT_MSG_NEWCHAIN. @throws KernelError when the bytes are not such a message. */
export function decodeChain(message: Message): NftChain | undefined {
  requireHeader(message, NFGENMSG_BYTES, 'nftables chain');
  if (message.type !== NFT_MSG_NEWCHAIN) return undefined;
  let table = '';
  let name = '';
  let hook: number | undefined;
  let policy = 1;
  const attributes = attributesOf(message, NFGENMSG_BYTES);
  while (attributes.next()) {
    if (attributes.type === NFTA_CHAIN_TABLE) table = attributes.text();
    else if (attributes.type === NFTA_CHAIN_NAME) name = attributes.text();
    else if (attributes.type === NFTA_CHAIN_POLICY) policy = bigEndian(attributes);
    else if (attributes.type === NFTA_CHAIN_HOOK) {
      const number = inside(attributes.nested(), NFTA_HOOK_HOOKNUM);
      hook = number === undefined ? undefined : bigEndian(number);
    }
  }
  const family = message.buffer.readUInt8(message.start);
  return { family, table, name, forward: hook === HOOK_FORWARD, policy: policy === 0 ? 'drop' : 'accept' };
}

/** Reads the expressions of an NFT_MSG_NEWRULE. @throws KernelError when the bytes are not such a message. */
export function decodeExpressions(message: Message): NftExpression[] | undefined {
  requireHeader(message, NFGENMSG_BYTES, 'nftables rule');
  if (message.type !== NFT_MSG_NEWRULE) return undefined;
  const expressions: NftExpression[] = [];
  const attributes = attributesOf(message, NFGENMSG_BYTES);
  while (attributes.next()) {
    if (attributes.type !== NFTA_RULE_EXPRESSIONS) continue;
    const list = attributes.nested();
    while (list.next()) {
      const name = inside(list.nested(), NFTA_EXPR_NAME)?.text() ?? '';
      expressions.push({ name, data: inside(list.nested(), NFTA_EXPR_DATA)?.nested() });
    }
  }
  return expressions;
}

/** The attribute of a type, with the reader positioned at it. */
export function inside(attributes: AttributeReader, type: number): AttributeReader | undefined {
  while (attributes.next()) if (attributes.type === type) return attributes;
  return undefined;
}

/** nf_tables uses network byte order. */
export function bigEndian(attribute: AttributeReader): number {
  const bytes = attribute.bytes();
  return bytes.length < 4 ? attribute.u32() : bytes.readUInt32BE(0);
}

const NFTA_IMMEDIATE_DREG = 1;
const NFTA_IMMEDIATE_DATA = 2;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;

/** The verdict that an `immediate` expression sets; undefined when it loads a value. */
export function decodeVerdict(attributes: AttributeReader): FilterVerdict | undefined {
  let verdict: FilterVerdict | undefined;
  while (attributes.next()) {
    if (attributes.type === NFTA_IMMEDIATE_DREG && bigEndian(attributes) !== 0) return undefined;
    if (attributes.type !== NFTA_IMMEDIATE_DATA) continue;
    const data = inside(attributes.nested(), NFTA_DATA_VERDICT)?.nested();
    if (data === undefined) return undefined;
    let code = 1;
    let chain = '';
    while (data.next()) {
      if (data.type === NFTA_VERDICT_CODE) code = bigEndian(data) | 0;
      else if (data.type === NFTA_VERDICT_CHAIN) chain = data.text();
    }
    if (code === NFT_JUMP) verdict = { kind: 'jump', chain };
    else if (code === NFT_GOTO) verdict = { kind: 'goto', chain };
    else verdict = { kind: VERDICTS.get(code) ?? 'unknown' };
  }
  return verdict;
}
