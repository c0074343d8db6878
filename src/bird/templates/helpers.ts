/** A helper that templates may call. It gets its arguments and returns a text or a truth value. */
type Helper = (...args: readonly unknown[]) => string | boolean;

/** How a helper is called. */
export interface HelperUse {
  /** How many values it takes. */
  readonly values: number;
  /** Whether it wraps a block. */
  readonly block: boolean;
  /** An example, for messages. */
  readonly example: string;
}

/** Every helper that a template may call: Handlebars' own with a block, and ours, which give a value. */
export const HELPER_USES: ReadonlyMap<string, HelperUse> = new Map([
  ['if', { values: 1, block: true, example: '{{#if disabled}}…{{/if}}' }],
  ['unless', { values: 1, block: true, example: '{{#unless disabled}}…{{/unless}}' }],
  ['each', { values: 1, block: true, example: '{{#each peers}}…{{/each}}' }],
  ['with', { values: 1, block: true, example: '{{#with peers.[0]}}…{{/with}}' }],
  ['eq', { values: 2, block: false, example: '{{#if (eq number 4)}}…{{/if}}' }],
  ['join', { values: 2, block: false, example: '{{join neverImported ", "}}' }],
]);

/**
 * The helpers of ours:
 * - `eq a b`: whether two numbers, texts or truth values are the same;
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

/** Handlebars' own helpers that are taken away: `log` writes to the console, `lookup` passes over what is missing. */
export const REMOVED_HELPERS = ['log', 'lookup', 'helperMissing'] as const;

/**
 * Judges what `each` shall walk through. Handlebars passes over what is no list: `{{#each asn}}` would silently give
 * nothing. What it is instead is not said: it may be a password.
 * @throws Error when it is no list.
 */
export function judgeList(value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new Error(`"each" takes a list, not a ${typeof value === 'string' ? 'text' : typeof value}`);
}
