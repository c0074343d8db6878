import type { Family } from '../../model/address.ts';

/** A comparison of a packet's interface names or connection state; `other` stands for everything that is not read. */
export type FilterCondition =
  | {
      readonly kind: 'interface';
      readonly side: 'in' | 'out';
      readonly name: string;
      /** Only the beginning has to match (`eth*`). */
      readonly prefix: boolean;
      readonly negated: boolean;
    }
  /** Whether a packet that opens a connection can match. */
  | { readonly kind: 'connection'; readonly matchesNew: boolean }
  | { readonly kind: 'other' };

/** What a rule does with a packet that meets all of its conditions. */
export type FilterVerdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'continue' | 'unknown' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export interface FilterRule {
  readonly conditions: readonly FilterCondition[];
  readonly verdict: FilterVerdict;
}

/** A chain of packet filter rules, with the chains that it leads to, by name. */
export interface FilterChain {
  /** Families of the packets that it sees. */
  readonly families: readonly Family[];
  /** Its name for messages: `inet filter forward`. */
  readonly label: string;
  readonly rules: readonly FilterRule[];
  readonly policy: 'accept' | 'drop';
  /** The chains of its table that its rules can lead to. */
  readonly others: ReadonlyMap<string, readonly FilterRule[]>;
}

/** The filters of the packets that a host forwards. */
export interface ForwardFilter {
  /** Changes with every change of the rules. */
  readonly generation: number;
  /** The chains at the forward hook, each of which can drop. */
  readonly chains: readonly FilterChain[];
}
