import { createHash } from 'node:crypto';
import { evaluate } from './arithmetic.ts';

/** A definition of more tokens than this is compared by its digest where it is used, so that none can grow without bound. */
const MAX_INLINE_TOKENS = 64;

/**
 * What names stand for at a place of the configuration. BIRD wants everything defined before it is used, so that what is
 * put in the place of a name holds no name itself any more.
 */
export class Symbols {
  readonly #values = new Map<string, readonly string[]>();
  readonly #filters = new Map<string, string>();
  readonly #names = new Set<string>();
  readonly #counters = new Map<string, number>();

  /** `define NAME = …`: BIRD puts the value in the place of the name, so that only the value counts. */
  define(name: string, value: readonly string[]): void {
    const written = this.expand(value);
    const number = evaluate(written);
    const expanded = number === undefined ? written : [String(number)];
    this.#set(name, expanded.length > MAX_INLINE_TOKENS ? [`#${digest(expanded)}`] : expanded);
  }

  /** A function or a custom attribute. A call is the same when the name and the whole body are (`FI_CALL` in `filter/f-inst.c`). */
  defineNamed(name: string, body: readonly string[]): void {
    this.#set(name, [`${name}#${digest(this.expand(body))}`]);
  }

  /** A named filter. It is the same when its name and its body are (`filter_same` in `filter/filter.c`). */
  defineFilter(name: string, body: readonly string[]): void {
    this.#names.add(name);
    this.#filters.set(name, `${name}#${digest(this.expand(body))}`);
  }

  /** Stands for the filter: equal for two filters when BIRD takes them for equal. */
  filter(name: string): string {
    return this.#filters.get(name) ?? name;
  }

  /** Tells of the name of a protocol, a template or a table. */
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

  /** The tokens with definitions in the place of their names. */
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

/** A short text that is equal for equal tokens only. No token has a line break in it. */
export function digest(tokens: readonly string[]): string {
  return createHash('sha256').update(tokens.join('\n')).digest('base64url');
}
