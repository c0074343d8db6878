/** A function of a source file. */
export interface FunctionLength {
  /** Its name; empty for an arrow function. */
  readonly name: string;
  /** The line on which its head begins, from 1. */
  readonly line: number;
  /** From the first line of its head to that of its closing brace. */
  readonly lines: number;
}

/** What stands before a block that is no function's. */
const NO_FUNCTION = /^(?:else|if|for|while|switch|catch|try|do|finally|class|interface|namespace|module|return|with)\b/;
const DECLARATION = /^(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*([\w$]*)/;
const METHOD = /^(?:(?:static|override|async|get|set)\s+)*\*?\s*(#?[\w$]+)\s*[(<]/;
/** Before the brace of an object type, where a block cannot stand. */
const TYPE_POSITION = /(?:[:<|&,(?]|=>)$/;

/**
 * The functions of TypeScript source that have a body in braces: declarations, methods, accessors and arrow functions.
 * TypeScript 7 has no parser that a program may call, so braces are counted, outside of strings, comments and regular
 * expressions.
 */
export function functionLengths(source: string): FunctionLength[] {
  const text = masked(source);
  const closing = pairs(text);
  const opening = new Map([...closing].map(([open, close]) => [close, open]));
  const found: FunctionLength[] = [];
  for (const [open, close] of closing) {
    if (text[open] !== '{') continue;
    const head = headBefore(text, open, opening);
    if (head === undefined) continue;
    const line = lineOf(text, head.start);
    found.push({ name: head.name, line, lines: lineOf(text, close) - line + 1 });
  }
  return found.sort((a, b) => a.line - b.line);
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** Of each opening bracket the one that closes it. Angle brackets are none: most of them are comparisons. */
function pairs(text: string): Map<number, number> {
  const open: number[] = [];
  const found = new Map<number, number>();
  for (const [at, character] of [...text].entries()) {
    if ('({['.includes(character)) open.push(at);
    else if (')}]'.includes(character)) found.set(open.pop() ?? -1, at);
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

/** The head of the function whose body begins at this brace; undefined for another block or an object. */
function headBefore(
  text: string,
  brace: number,
  opening: ReadonlyMap<number, number>,
): { readonly name: string; readonly start: number } | undefined {
  const before = text.slice(0, brace).trimEnd();
  if (before.endsWith('=>')) return { name: '', start: startOf(text, before.length - 2, opening) };
  if (TYPE_POSITION.test(before)) return undefined;
  const start = startOf(text, before.length, opening);
  const head = text.slice(start, before.length);
  if (NO_FUNCTION.test(head) || !head.includes('(')) return undefined;
  const name = (DECLARATION.exec(head) ?? METHOD.exec(head))?.[1];
  return name === undefined ? undefined : { name, start };
}

/** Where the statement, member or argument begins that ends here: after the bracket, comma or semicolon before it. */
function startOf(text: string, end: number, opening: ReadonlyMap<number, number>): number {
  let angles = 0;
  let at = end - 1;
  for (; at >= 0; at -= 1) {
    const character = text.charAt(at);
    if (character === '>' && text.charAt(at - 1) !== '=') angles += 1;
    if (character === '<') angles -= 1;
    if (character === ';' || (character === ',' && angles <= 0) || '({['.includes(character)) break;
    if (!')}]'.includes(character)) continue;
    const open = opening.get(at) ?? 0;
    // The end of the block before, unless it is an object type of the head.
    if (character === '}' && angles <= 0 && !TYPE_POSITION.test(text.slice(0, open).trimEnd())) break;
    at = open;
  }
  const blank = /^\s*/.exec(text.slice(at + 1))?.[0].length ?? 0;
  return at + 1 + blank;
}

/** The source with the contents of strings, templates, comments and regular expressions blanked out, line by line. */
function masked(source: string): string {
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ');
  let text = '';
  let at = 0;
  while (at < source.length) {
    const token = tokenAt(source, at, text);
    text += token.isCode ? source.slice(at, token.end) : blank(source.slice(at, token.end));
    at = token.end;
  }
  return text;
}

/** @param before the code before it, which tells a regular expression from a division. */
function tokenAt(source: string, at: number, before: string): { readonly end: number; readonly isCode: boolean } {
  const rest = source.slice(at, at + 2);
  if (rest === '//') return { end: endOr(source.indexOf('\n', at), source), isCode: false };
  if (rest === '/*') return { end: endOr(source.indexOf('*/', at + 2), source) + 2, isCode: false };
  const first = source.charAt(at);
  if (first === "'" || first === '"') return { end: quoteEnd(source, at + 1, first), isCode: false };
  if (first === '`') return { end: templateEnd(source, at + 1), isCode: false };
  if (first === '/' && /(?:[(,=:[!&|?{};>]|\breturn|^)$/.test(before.trimEnd().slice(-10))) {
    return { end: regexEnd(source, at + 1), isCode: false };
  }
  return { end: at + 1, isCode: true };
}

function endOr(at: number, source: string): number {
  return at < 0 ? source.length : at;
}

function quoteEnd(source: string, from: number, quote: string): number {
  let at = from;
  while (at < source.length && source.charAt(at) !== quote) at += source.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

function regexEnd(source: string, from: number): number {
  let at = from;
  let inClass = false;
  while (at < source.length && (inClass || source.charAt(at) !== '/')) {
    const character = source.charAt(at);
    if (character === '[') inClass = true;
    if (character === ']') inClass = false;
    at += character === '\\' ? 2 : 1;
  }
  return at + 1;
}

/** A template's code is masked as well: it holds no function of more than a line. */
function templateEnd(source: string, from: number): number {
  let at = from;
  while (at < source.length && source.charAt(at) !== '`') {
    if (source.startsWith('${', at)) at = codeEnd(source, at + 2);
    else at += source.charAt(at) === '\\' ? 2 : 1;
  }
  return at + 1;
}

/** The end of the code in a template, after its closing brace. */
function codeEnd(source: string, from: number): number {
  let depth = 1;
  let at = from;
  while (at < source.length && depth > 0) {
    const token = tokenAt(source, at, source.slice(Math.max(0, at - 10), at));
    if (token.isCode && source.charAt(at) === '{') depth += 1;
    if (token.isCode && source.charAt(at) === '}') depth -= 1;
    at = token.end;
  }
  return at;
}
