const OPENING = new Set(['{', '[', '(', '[=']);
const CLOSING = new Set(['}', ']', ')', '=]']);

/** Keywords that begin a statement. */
const BEGINNINGS = new Set(['protocol', 'template', 'filter', 'function', 'define']);

/**
 * Statements that end with their semicolon or block, whatever words they contain: `define LIST = filter(…)`,
 * `timeformat protocol …`, and names that equal keywords, as later versions allow (`symbol` in `conf/confbase.Y`).
 */
const CLOSED = new Set([...BEGINNINGS, 'timeformat', 'attribute']);

/** Statements that need no semicolon at their end (`debug_default`, `debug_unix`, `filter_eval` and others). */
const OPEN_ENDED = new Set(['debug', 'watchdog', 'eval', 'threads', 'thread', 'bt_test_suite', 'bt_test_same']);

/** Keywords that begin a statement after one of those. */
const FOLLOWERS = new Set([
  ...OPEN_ENDED,
  'router',
  'hostname',
  'timeformat',
  'log',
  'mrtdump',
  'graceful',
  'attribute',
]);

/** Kinds of routing tables, see `isTable`. */
const TABLE_KIND = /^(?:ip|vpn|roa|flow|mpls|aspa|evpn|eth|neighbor)/;

/**
 * Splits a configuration into its statements (`conf` in the grammar). The semicolon at the end is dropped, the braces
 * of a block are kept. Nesting costs only a counter, however deep.
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
    if (depth === 0 && endsBefore(statement, token)) end();
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

/** Whether a statement ends without a semicolon, before a token. */
function endsBefore(statement: readonly string[], token: string): boolean {
  const first = statement[0] ?? '';
  if (statement.length === 0 || CLOSED.has(first)) return false;
  if (isTable(statement)) {
    const isNamed = statement.length > statement.indexOf('table') + 1;
    return isNamed && token !== 'sorted' && token !== '{';
  }
  if (BEGINNINGS.has(token)) return true;
  return OPEN_ENDED.has(first) && (FOLLOWERS.has(token) || TABLE_KIND.test(token));
}

/** Whether a statement defines a routing table: `ipv4 table NAME`, `ipv6 sadr table NAME`. */
export function isTable(statement: readonly string[]): boolean {
  return (statement[1] === 'table' || statement[2] === 'table') && TABLE_KIND.test(statement[0] ?? '');
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

/** `import filter int a; { … }`: an inline filter whose variables precede its brace. */
function declaresVariables(item: readonly string[]): boolean {
  const isPolicy = (item[0] === 'import' || item[0] === 'export') && item[1] === 'filter';
  return isPolicy && item.length > 3 && item.at(-1) !== '}';
}

/** The part before the first brace, and the part between that brace and the last one. */
export function splitBlock(tokens: readonly string[]): { head: readonly string[]; body: readonly string[] } {
  const brace = tokens.indexOf('{');
  if (brace === -1) return { head: tokens, body: [] };
  const end = tokens.at(-1) === '}' ? -1 : undefined;
  return { head: tokens.slice(0, brace), body: tokens.slice(brace + 1, end) };
}
