import { splitBlock, splitItems } from './statements.ts';
import { switchValue, type Value } from './values.ts';

/** The routing tables of a configuration. */
export class Tables {
  /** Each with the name that it is compared by. BIRD defines the first two itself (`rt_preconfig` in `nest/rt-table.c`). */
  readonly #identities = new Map([
    ['master4', 'master4:ipv4'],
    ['master6', 'master6:ipv6'],
  ]);
  /** The first table of a kind is the default of its kind. */
  readonly #defaults = new Map([
    ['ipv4', 'master4'],
    ['ipv6', 'master6'],
  ]);

  /**
   * `ipv4 table NAME sorted { trie on; }`. A table whose kind, `sorted` or `trie` changes is made anew, and whatever is
   * connected to it restarts (`rt_reconfigure` in `nest/rt-table.c`).
   * @param statement a statement that `isTable` accepts.
   */
  define(statement: readonly string[]): void {
    const { head, body } = splitBlock(statement);
    const at = head.indexOf('table');
    const name = head[at + 1] ?? '';
    const kind = head.slice(0, at).join(' ');
    const switches = new Map([['sorted', head[at + 2] === 'sorted' ? 'on' : 'off']]);
    for (const [word = '', ...rest] of splitItems(body)) {
      if (word === 'sorted' || word === 'trie') switches.set(word, switchValue(rest));
    }
    const on = [...switches].filter(([, value]) => value === 'on').map(([word]) => `:${word}`);
    this.#identities.set(name, `${name}:${kind.replaceAll(' ', '-')}${on.join('')}`);
    if (!this.#defaults.has(kind)) this.#defaults.set(kind, name);
  }

  /** Name of the table of a channel that names none. */
  defaultTable(family: string): string {
    return this.#defaults.get(family) ?? this.#defaults.get(family.replace(/-.*/, '')) ?? '';
  }

  /** The name with what tells the table from another of the same name. Once more, it stays as it is. */
  identity(name: string): Value {
    return this.#identities.get(name) ?? name;
  }
}
