import { UNSET, type Value } from './values.ts';

/**
 * The effect of changing an option.
 * - `reset`: the session restarts
 * - `raise`: it restarts when the option is switched on, not when it is switched off
 * - `limit`: see `limitMayEnd`
 * - `import`, `export`: the channel is refilled in that direction; `both`: in both when it is switched on or off,
 *   otherwise `export`
 * - `none`: no noticeable effect
 */
export type Effect = 'reset' | 'raise' | 'limit' | 'import' | 'export' | 'both' | 'none';

/** How a value is written. */
type Form = 'switch' | 'value' | 'id' | 'limit' | 'policy' | 'table' | 'fixed';

/** An option of BIRD's language. */
export interface Option {
  /** Its words, which are also its name in messages. */
  readonly words: string;
  readonly form: Form;
  readonly effect: Effect;
  /** What BIRD assumes when the option is not given. */
  readonly initial: Value;
  /** Another name for the same setting, with the value that it implies when `form` is `fixed`. */
  readonly field: string;
  readonly fixed: Value;
  /** Its value is never shown. */
  readonly secret: boolean;
}

type Details = Partial<Pick<Option, 'form' | 'initial' | 'field' | 'fixed' | 'secret'>>;

/** Defines an option. Without details its value never equals BIRD's own default. */
export function option(words: string, effect: Effect, details: Details = {}): Option {
  return { words, effect, form: 'value', initial: UNSET, field: words, fixed: UNSET, secret: false, ...details };
}

/** An option that is on or off; off when not given. */
export function flag(words: string, effect: Effect, initial: 'on' | 'off' = 'off'): Option {
  return option(words, effect, { form: 'switch', initial });
}

/** Options by their words; of two that match, the one with more words wins. */
export class OptionTable {
  readonly fields: readonly Option[];
  readonly #byWord = new Map<string, { option: Option; words: readonly string[] }[]>();

  constructor(options: readonly Option[]) {
    const entries = options.map((one) => ({ option: one, words: one.words.split(' ') }));
    for (const entry of entries.sort((a, b) => b.words.length - a.words.length)) {
      const first = entry.words[0] ?? '';
      this.#byWord.set(first, [...(this.#byWord.get(first) ?? []), entry]);
    }
    // Another name for a setting, or another way to write it, is not a separate setting.
    const fields = new Map<string, Option>();
    for (const one of options) if (one.field === one.words && !fields.has(one.field)) fields.set(one.field, one);
    this.fields = [...fields.values()];
  }

  /** The option that an item of a block sets, and the tokens after its words. */
  find(item: readonly string[]): { option: Option; rest: readonly string[] } | undefined {
    for (const { option: found, words } of this.#byWord.get(item[0] ?? '') ?? []) {
      if (!words.every((word, index) => item[index] === word)) continue;
      const rest = item.slice(words.length);
      if (found.form === 'fixed' && rest.length > 0) continue;
      if (found.form === 'policy' && !/^(filter|where|all|none)$/.test(rest[0] ?? '')) continue;
      return { option: found, rest };
    }
    return undefined;
  }
}
