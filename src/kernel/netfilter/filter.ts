import type { Family } from '../../model/address.ts';

/** A comparison of a packet's interface names or of its place in a connection; `other` stands for all that is not read. */
export type FilterCondition =
  | {
      readonly kind: 'interface';
      readonly side: 'in' | 'out';
      readonly name: string;
      /** Only the beginning has to be this (`eth*`). */
      readonly prefix: boolean;
      readonly negated: boolean;
    }
  /** Whether a packet that begins a connection can match. */
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

/** A chain of packet filter rules, with those that it leads to by name. */
export interface FilterChain {
  /** Families of the packets that it sees. */
  readonly families: readonly Family[];
  /** As it is named to a person: `inet filter forward`. */
  readonly label: string;
  readonly rules: readonly FilterRule[];
  readonly policy: 'accept' | 'drop';
  /** The chains of its table that its rules can lead to. */
  readonly others: ReadonlyMap<string, readonly FilterRule[]>;
}

/** What filters the packets that a host forwards. */
export interface ForwardFilter {
  /** Changes with every change of the rules. */
  readonly generation: number;
  /** The chains at the forward hook, each of which can drop. */
  readonly chains: readonly FilterChain[];
}
