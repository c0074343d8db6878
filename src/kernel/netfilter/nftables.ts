import { errorText } from '../../errors.ts';
import { Conversation } from '../netlink/conversation.ts';
import { Dumps, question } from '../netlink/dump.ts';
import type { OpenTransport } from '../netlink/socket.ts';
import { KernelError } from '../ports.ts';
import type { FilterChain, FilterRule, ForwardFilter } from './filter.ts';
import { readRule } from './nft-rule.ts';
import {
  decodeChain,
  decodeExpressions,
  decodeGeneration,
  encodeChainsRequest,
  encodeGenerationRequest,
  encodeRulesRequest,
  type NftChain,
  TABLE_FAMILIES,
} from './nftables-codec.ts';

const DEADLINE_MS = 5_000;
/** Most chains that are followed from one; a filter with more cannot be summed up in a sentence. */
const MOST_CHAINS = 200;

/** The packet filter of one namespace, as nf_tables has it; on today's hosts `iptables` writes there too. */
export class Nftables {
  readonly #conversation: Conversation;
  readonly #dumps: Dumps;

  /** @param open opens a socket to the kernel's netfilter subsystem. */
  constructor(open: OpenTransport) {
    this.#conversation = new Conversation(open, DEADLINE_MS);
    this.#dumps = new Dumps(this.#conversation);
  }

  close(): void {
    this.#conversation.close();
  }

  /**
   * The chains at the forward hook. If the rules change while being read, the next look finds another generation.
   * @param known the generation read last.
   * @returns undefined when it is still current. A kernel without nf_tables filters nothing with it: generation 0.
   * @throws KernelError
   */
  async forward(known: number | undefined): Promise<ForwardFilter | undefined> {
    const generation = await this.#generation();
    if (generation === known) return undefined;
    if (generation === 0) return { generation, chains: [] };
    const all = await this.#dumps.take('nftables chains', encodeChainsRequest, decodeChain);
    const chains: FilterChain[] = [];
    for (const chain of all.filter(({ forward, family }) => forward && TABLE_FAMILIES.has(family))) {
      chains.push(await this.#read(chain));
    }
    return { generation, chains };
  }

  async #generation(): Promise<number> {
    try {
      const { datagram, sequence } = question(this.#conversation, encodeGenerationRequest);
      const { value } = await this.#conversation.get(datagram, sequence, decodeGeneration);
      return value ?? 0;
    } catch (error) {
      // No such socket: the kernel was built without netfilter.
      if (error instanceof KernelError && errorText(error).includes('EPROTONOSUPPORT')) return 0;
      throw error;
    }
  }

  async #read(base: NftChain): Promise<FilterChain> {
    const { name = '', families = [] } = TABLE_FAMILIES.get(base.family) ?? {};
    const rules = await this.#rules(base);
    const others = new Map<string, readonly FilterRule[]>();
    const waiting = targets(rules);
    for (const next of waiting) {
      if (others.has(next) || others.size >= MOST_CHAINS) continue;
      const found = await this.#rules({ ...base, name: next });
      others.set(next, found);
      waiting.push(...targets(found));
    }
    return { families, label: `${name} ${base.table} ${base.name}`, rules, policy: base.policy, others };
  }

  #rules(chain: NftChain): Promise<FilterRule[]> {
    return this.#dumps.take(
      `rules of the nftables chain ${chain.name}`,
      (writer, sequence) => encodeRulesRequest(writer, chain, sequence),
      (message) => {
        const expressions = decodeExpressions(message);
        return expressions === undefined ? undefined : readRule(expressions);
      },
      ['ENOENT'],
    );
  }
}

function targets(rules: readonly FilterRule[]): string[] {
  return rules.flatMap(({ verdict }) => ('chain' in verdict ? [verdict.chain] : []));
}
