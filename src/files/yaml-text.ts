import { CST, Lexer, type LineCounter, Parser } from 'yaml';

/** An error in a YAML text. Lines and columns count from 1. */
export interface YamlFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Levels of nesting. The composer of the `yaml` package calls itself once per level: a few thousand levels exhaust the
 * stack in the middle of compiling a regular expression, where V8 aborts the process instead of throwing.
 * A Pod manifest needs about 20, and each level counts twice where a key and its value are both open.
 */
const MAX_DEPTH = 100;

/** Lexical tokens; a page of manifest has about 500. Bounds the time of composing, which is paid per token. */
const MAX_TOKENS = 100_000;

/** Aliases of one text. The package searches the whole document for the anchor of each. */
const MAX_ALIASES = 100;

/** Documents of one text. */
const MAX_DOCUMENTS = 1_000;

/**
 * Splits a YAML text into its tokens, within limits that protect the process from a hostile text.
 * @param lines filled with the offsets of the lines.
 * @returns the tokens of the stream, or the bound that the text exceeds.
 */
export function tokenizeYaml(text: string, lines: LineCounter): CST.Token[] | YamlFault {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  let documents = 0;
  let aliases = 0;
  let offset = 0;
  lines.addNewLine(0);
  const refuse = (message: string): YamlFault => ({ ...positionOf(lines, offset), message });
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    offset += lexeme.length;
    if (CST.tokenType(lexeme) === 'alias') aliases += 1;
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === 'document') documents += 1;
    }
    if (parser.stack.length > MAX_DEPTH) return refuse('it is nested too deeply');
    if (lexemes > MAX_TOKENS) return refuse(`it has more than ${MAX_TOKENS} parts; split it into several files`);
    if (aliases > MAX_ALIASES) return refuse(`it has more than ${MAX_ALIASES} aliases; write the values out`);
    if (documents > MAX_DOCUMENTS) return refuse(`it has more than ${MAX_DOCUMENTS} documents; split it`);
  }
  tokens.push(...parser.end());
  return tokens;
}

/** Line and column of an offset, both from 1. */
export function positionOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
