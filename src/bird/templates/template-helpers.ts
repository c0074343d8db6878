import Handlebars from 'handlebars';
import { errorText } from '../../errors.ts';
import { HELPERS, judgeList, REMOVED_HELPERS } from './helpers.ts';

/** Helpers that may reject a value, and need the line of their call to report it. */
export const LINED_HELPERS: ReadonlySet<string> = new Set([...Object.keys(HELPERS), 'each']);

/**
 * Gives an instance of Handlebars the helpers that templates may call, and no others. Calls of `LINED_HELPERS` pass
 * their line as an additional argument (`judgeTemplate`), since Handlebars does not provide it.
 */
export function registerHelpers(handlebars: typeof Handlebars): void {
  for (const name of REMOVED_HELPERS) handlebars.unregisterHelper(name);
  for (const [name, helper] of Object.entries(HELPERS)) {
    // The arguments and our line are followed by Handlebars' own options.
    handlebars.registerHelper(name, (...all: unknown[]) => atLine(all.at(-2), () => helper(...all.slice(0, -2))));
  }
  const { each } = handlebars.helpers;
  if (each === undefined) throw new Error('Handlebars has no helper "each"');
  handlebars.registerHelper('each', function (this: unknown, list: unknown, line: unknown, options: unknown) {
    atLine(line, () => judgeList(list));
    return each.call(this, list, options);
  });
}

/** Rethrows what `run` throws as a Handlebars exception, which has the line. */
function atLine<T>(line: unknown, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const start = { line: Number(line), column: 0 };
    throw new Handlebars.Exception(errorText(error), { type: 'call', loc: { source: '', start, end: start } });
  }
}
