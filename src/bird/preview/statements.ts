const OPENING = new Set(['{', '[', '(', '[=']);
const CLOSING = new Set(['}', ']', ')', '=]']);

/** Words that begin a statement wherever they stand outside of brackets: some statements need no semicolon at their end. */
const BEGINNINGS = new Set(['protocol', 'template', 'filter', 'function', 'define']);

/**
 * Splits a configuration into its statements (`conf` in the grammar). The semicolon at the end is left out, the braces of
 * a block are not. Nesting costs a counter only, however deep.
 */
export function splitStatements(tokens: readonly string[]): string[][] {
  const statements: string[][] = [];
  let statement: string[] = [];
  let depth = 0;
  const end = (): void => {
    if (statement.length > 0) statements.push(statement);
    statement = [];
    depth = 0;
  };
  for (const token of tokens) {
    if (depth === 0 && BEGINNINGS.has(token) && endsBefore(statement)) end();
    if (token === ';' && depth === 0 && !isFilterHead(statement)) {
      end();
      continue;
    }
    statement.push(token);
    if (OPENING.has(token)) depth += 1;
    if (CLOSING.has(token)) depth = Math.max(0, depth - 1);
    if (token === '}' && depth === 0) end();
  }
  end();
  return statements;
}

/** `timeformat protocol …` and `debug protocols …` have such words inside of them; tables and `debug …` end without notice. */
function endsBefore(statement: readonly string[]): boolean {
  return statement.length > 0 && statement[0] !== 'timeformat' && !(statement[0] ?? '').startsWith('"');
}

/** Local variables of filters and functions are declared before the brace, each with a semicolon. */
function isFilterHead(statement: readonly string[]): boolean {
  return (statement[0] === 'filter' && statement[1] !== 'stacks') || statement[0] === 'function';
}

/** Splits the inside of a block into its items, without the semicolons. */
export function splitItems(tokens: readonly string[]): string[][] {
  const items: string[][] = [];
  let item: string[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token === ';' && depth === 0 && !declaresVariables(item)) {
      if (item.length > 0) items.push(item);
      item = [];
      continue;
    }
    item.push(token);
    if (OPENING.has(token)) depth += 1;
    if (CLOSING.has(token)) depth = Math.max(0, depth - 1);
  }
  if (item.length > 0) items.push(item);
  return items;
}

/** `import filter int a; { … }`: a filter on the spot whose variables stand before its brace. */
function declaresVariables(item: readonly string[]): boolean {
  const isPolicy = (item[0] === 'import' || item[0] === 'export') && item[1] === 'filter';
  return isPolicy && item.length > 3 && !item.includes('{');
}

/** The part before the first brace, and what stands between that brace and the last one. */
export function splitBlock(tokens: readonly string[]): { head: readonly string[]; body: readonly string[] } {
  const brace = tokens.indexOf('{');
  if (brace === -1) return { head: tokens, body: [] };
  const end = tokens.at(-1) === '}' ? -1 : undefined;
  return { head: tokens.slice(0, brace), body: tokens.slice(brace + 1, end) };
}
