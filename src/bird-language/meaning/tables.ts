import { splitBlock, splitItems } from '../text/statements.ts';
import { switchValue, TABLE_MARK, type Value } from './values.ts';

/** The routing tables of a configuration. */
export class Tables {
  /**
   * Each with the identity that it is compared by. BIRD defines the first two itself (`rt_preconfig` in
   * `nest/rt-table.c`).
   */
  readonly #identities = new Map([
    ['master4', identityOf('master4', 'ipv4')],
    ['master6', identityOf('master6', 'ipv6')],
  ]);
  /** The first table of a kind is the default of its kind. */
  readonly #defaults = new Map([
    ['ipv4', 'master4'],
    ['ipv6', 'master6'],
  ]);

  /**
   * `ipv4 table NAME sorted { trie on; }`. A table whose kind, `sorted` or `trie` changes is recreated, and whatever is
   * connected to it restarts (`rt_reconfigure` in `nest/rt-table.c`).
   * @param statement a statement that `isTable` accepts.
   * @returns the name of the table.
   */
  define(statement: readonly string[]): string {
    const { head, body } = splitBlock(statement);
    const at = head.indexOf('table');
    const name = head[at + 1] ?? '';
    // The name of a channel of this kind: `ipv6-sadr`.
    const kind = head.slice(0, at).join('-');
    const switches = new Map([['sorted', head[at + 2] === 'sorted' ? 'on' : 'off']]);
    for (const [word = '', ...rest] of splitItems(body)) {
      if (word === 'sorted' || word === 'trie') switches.set(word, switchValue(rest));
    }
    const on = [...switches].filter(([, value]) => value === 'on').map(([word]) => word);
    this.#identities.set(name, identityOf(name, kind, ...on));
    if (!this.#defaults.has(kind)) this.#defaults.set(kind, name);
    return name;
  }

  /** Identity of the table of a channel that names none; empty when there is no such table. */
  defaultFor(channel: string): Value {
    return this.identity(this.#defaults.get(channel) ?? this.#defaults.get(channel.replace(/-.*/, '')) ?? '');
  }

  /**
   * The name with a suffix that distinguishes the table from another of the same name. Applied twice, it adds nothing.
   */
  identity(name: string): Value {
    return this.#identities.get(name) ?? name;
  }

  /**
   * The table that gateways of a kind are looked up in: the first of the kind, or the default one
   * (`bgp_default_igp_table` in `proto/bgp/bgp.c`, `static_postconfig` in `proto/static/static.c`).
   * @param candidates names or identities; the first is preferred.
   */
  lookup(kind: 'ipv4' | 'ipv6', candidates: readonly string[]): Value {
    return this.ofKind(kind, candidates) ?? this.defaultFor(kind);
  }

  /** Identity of the first of the kind. */
  ofKind(kind: string, candidates: readonly string[]): Value | undefined {
    return candidates.map((name) => this.identity(name)).find((identity) => identity.split(TABLE_MARK)[1] === kind);
  }
}

function identityOf(...parts: readonly string[]): Value {
  return parts.join(TABLE_MARK);
}
