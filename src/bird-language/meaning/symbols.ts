import { createHash } from 'node:crypto';
import { evaluate } from './arithmetic.ts';

/**
 * A definition with more tokens than this is compared by its digest where it is used, so that none can grow without
 * bound.
 */
const MAX_INLINE_TOKENS = 64;

/**
 * The meaning of names at one place of the configuration. BIRD requires everything to be defined before use, so what
 * replaces a name contains no names itself.
 */
export class Symbols {
  readonly #values = new Map<string, readonly string[]>();
  readonly #filters = new Map<string, string>();
  readonly #names = new Set<string>();
  readonly #counters = new Map<string, number>();

  /** `define NAME = …`: BIRD replaces the name by the value, so only the value counts. */
  define(name: string, value: readonly string[]): void {
    const written = this.expand(value);
    const number = evaluate(written);
    const expanded = number === undefined ? written : [String(number)];
    this.#set(name, expanded.length > MAX_INLINE_TOKENS ? [`#${digest(expanded)}`] : expanded);
  }

  /**
   * A function or a custom attribute. A call is the same when the name and the entire body are (`FI_CALL` in
   * `filter/f-inst.c`).
   */
  defineNamed(name: string, body: readonly string[]): void {
    this.#set(name, [`${name}#${digest(this.expand(body))}`]);
  }

  /** A named filter. It is the same when its name and its body are (`filter_same` in `filter/filter.c`). */
  defineFilter(name: string, body: readonly string[]): void {
    this.#names.add(name);
    this.#filters.set(name, `${name}#${digest(this.expand(body))}`);
  }

  /** Represents the filter: equal for two filters when BIRD regards them as equal. */
  filter(name: string): string {
    return this.#filters.get(name) ?? name;
  }

  /** Reports the name of a protocol, a template or a table. */
  use(name: string): void {
    this.#names.add(name);
  }

  /** The name that BIRD gives to a protocol without one (`cf_default_name` in `conf/cf-lex.l`). */
  nextName(type: string): string {
    for (let number = (this.#counters.get(type) ?? 0) + 1; ; number += 1) {
      const name = `${type}${number}`;
      if (this.#names.has(name)) continue;
      this.#counters.set(type, number);
      return name;
    }
  }

  /** The tokens with names replaced by their definitions. */
  expand(tokens: readonly string[]): string[] {
    const expanded: string[] = [];
    for (const token of tokens) {
      const value = this.#values.get(token);
      if (value === undefined) expanded.push(token);
      else for (const one of value) expanded.push(one);
    }
    return expanded;
  }

  #set(name: string, value: readonly string[]): void {
    this.#names.add(name);
    this.#values.set(name, value);
  }
}

/** A short text that is equal only for equal tokens. No token contains a line break. */
function digest(tokens: readonly string[]): string {
  return createHash('sha256').update(tokens.join('\n')).digest('base64url');
}
