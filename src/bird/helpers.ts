/** A helper that templates may call. It gets its arguments and returns a text or a truth value. */
type Helper = (...args: readonly unknown[]) => string | boolean;

/**
 * The helpers of ours, beside Handlebars' own `if`, `unless`, `each` and `with`:
 * - `eq a b`: whether two numbers, texts or truth values are the same;
 * - `join list separator`: the members of a list with the separator between them.
 */
export const HELPERS: Readonly<Record<string, Helper>> = {
  eq: (...args) => {
    if (args.length !== 2) throw new Error('"eq" takes two values');
    return args[0] === args[1];
  },
  join: (...args) => {
    const [list, separator] = args;
    if (args.length !== 2 || !Array.isArray(list) || typeof separator !== 'string') {
      throw new Error('"join" takes a list and a text, for instance (join neverImported ", ")');
    }
    if (list.some((item) => typeof item === 'object')) throw new Error('"join" takes a list of texts or numbers');
    return list.join(separator);
  },
};

/** Handlebars' own helpers that are kept. `log` writes to the console and `lookup` passes over what is missing. */
export const BUILT_IN_HELPERS = ['if', 'unless', 'each', 'with'] as const;

/** Handlebars' own helpers that are taken away. */
export const REMOVED_HELPERS = ['log', 'lookup', 'helperMissing'] as const;
