/** A helper that templates may call. It gets its arguments and returns a text or a boolean. */
type Helper = (...args: readonly unknown[]) => string | boolean;

/** How a helper is called. */
export interface HelperUse {
  /** Number of values that it takes. */
  readonly values: number;
  /** Whether it wraps a block. */
  readonly block: boolean;
  /** An example, for messages. */
  readonly example: string;
}

/** Every helper that a template may call: Handlebars' own block helpers, and ours, which return a value. */
export const HELPER_USES: ReadonlyMap<string, HelperUse> = new Map([
  ['if', { values: 1, block: true, example: '{{#if disabled}}…{{/if}}' }],
  ['unless', { values: 1, block: true, example: '{{#unless disabled}}…{{/unless}}' }],
  ['each', { values: 1, block: true, example: '{{#each peers}}…{{/each}}' }],
  ['with', { values: 1, block: true, example: '{{#with peers.[0]}}…{{/with}}' }],
  ['eq', { values: 2, block: false, example: '{{#if (eq number 4)}}…{{/if}}' }],
  ['join', { values: 2, block: false, example: '{{join neverImported ", "}}' }],
]);

/**
 * Our helpers:
 * - `eq a b`: whether two numbers, texts or booleans are equal;
 * - `join list separator`: the members of a list with the separator between them.
 */
export const HELPERS: Readonly<Record<string, Helper>> = {
  eq: (a, b) => a === b,
  join: (list, separator) => {
    if (!Array.isArray(list) || typeof separator !== 'string') {
      throw new Error('"join" takes a list and a text, for instance (join neverImported ", ")');
    }
    if (list.some((item) => typeof item === 'object')) throw new Error('"join" takes a list of texts or numbers');
    return list.join(separator);
  },
};

/** Handlebars' own helpers that are removed: `log` writes to the console, `lookup` ignores missing values. */
export const REMOVED_HELPERS = ['log', 'lookup', 'helperMissing'] as const;

/**
 * Checks the argument of `each`. Handlebars ignores a value that is not a list: `{{#each asn}}` would silently produce
 * nothing. The value is not shown: it may be a password.
 * @throws Error when it is not a list.
 */
export function judgeList(value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new Error(`"each" takes a list, not a ${typeof value === 'string' ? 'text' : typeof value}`);
}
