import type { FilterChain, FilterRule } from '../../kernel/ports.ts';
import type { Family } from '../../model/address.ts';

/** A packet that opens a connection to a pod. */
interface ForwardedPacket {
  readonly family: Family;
  /** Name of the interface that it arrives on. */
  readonly from: string;
  /** Name of the pod's host interface. */
  readonly to: string;
}

/** The fate of a packet: `maybe` when it depends on something that is not read here. */
type Fate = 'accept' | 'drop' | 'maybe' | 'continue';

/** Jumps within jumps; the kernel has 16 (NFT_JUMP_STACK_SIZE). */
const DEEPEST = 16;

/**
 * Whether a chain drops every packet of this kind, whatever else is in the packet. Only interface names and connection
 * state are understood; a rule with any other condition may or may not match, so in doubt the answer is no.
 */
export function dropsAll(chain: FilterChain, packet: ForwardedPacket): boolean {
  if (!chain.families.includes(packet.family)) return false;
  const fate = walk(chain, chain.rules, packet, 0);
  return fate === 'drop' || (fate === 'continue' && chain.policy === 'drop');
}

function walk(chain: FilterChain, rules: readonly FilterRule[], packet: ForwardedPacket, depth: number): Fate {
  if (depth > DEEPEST) return 'maybe';
  for (const [at, rule] of rules.entries()) {
    const matches = meets(rule, packet);
    const fate = matches === 'no' ? 'continue' : outcome(chain, rule, packet, depth);
    // A packet that may be dropped here may also pass, and then the rest decides.
    if (fate === 'continue' || (fate === 'drop' && matches === 'maybe')) continue;
    if (fate !== 'end') return matches === 'yes' ? fate : 'maybe';
    if (matches === 'yes') return 'continue';
    return walk(chain, rules.slice(at + 1), packet, depth + 1) === 'continue' ? 'continue' : 'maybe';
  }
  return 'continue';
}

/** What a rule does with a packet that matches it; `end` leaves its chain. */
function outcome(chain: FilterChain, { verdict }: FilterRule, packet: ForwardedPacket, depth: number): Fate | 'end' {
  if ('chain' in verdict) {
    const fate = walk(chain, chain.others.get(verdict.chain) ?? [], packet, depth + 1);
    return verdict.kind === 'goto' && fate === 'continue' ? 'end' : fate;
  }
  if (verdict.kind === 'return') return 'end';
  return verdict.kind === 'unknown' ? 'maybe' : verdict.kind;
}

function meets({ conditions }: FilterRule, packet: ForwardedPacket): 'yes' | 'no' | 'maybe' {
  let answer: 'yes' | 'maybe' = 'yes';
  for (const condition of conditions) {
    if (condition.kind === 'interface') {
      const actual = condition.side === 'in' ? packet.from : packet.to;
      const same = condition.prefix ? actual.startsWith(condition.name) : actual === condition.name;
      if (same === condition.negated) return 'no';
    } else if (condition.kind === 'connection') {
      if (!condition.matchesNew) return 'no';
      answer = 'maybe';
    } else answer = 'maybe';
  }
  return answer;
}

/** The sentence, with the remedy, about a chain that drops packets to pods. */
export function dropSentence(chain: FilterChain, interfaces: readonly string[]): string {
  const names = interfaces.slice(0, 3).join(', ');
  const more = interfaces.length > 3 ? ` and ${interfaces.length - 3} more` : '';
  return `the packet filter chain "${chain.label}" drops every packet that is forwarded to ${names}${more}: no rule of it accepts them, and its ${chain.policy === 'drop' ? 'policy is drop' : 'rules drop them'}; add a rule that accepts traffic to and from flock* (nft list ruleset; iptables -S FORWARD)`;
}
