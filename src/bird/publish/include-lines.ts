/** One `include` of a text in BIRD's language. */
export interface IncludeLine {
  /** Counted from 1. */
  readonly line: number;
  /** What stands between the quotes: a path, or a pattern of `glob(3)`. */
  readonly pattern: string;
  /** Where the pattern begins in the text. */
  readonly at: number;
}

/** What BIRD's lexer takes for an include: the line must begin with it (`conf/cf-lex.l`, state INCLUDE). */
const INCLUDE = /^([ \t]*include[ \t]*")([^"\n]+)"[ \t]*;/;

/** What a comment or a text in quotes can begin with, on one line. */
const OPENING = /"[^"]*"|#|\/\*/g;

/**
 * Finds the includes of a text, where BIRD would find them: not in comments. A text in quotes ends on its line at the
 * latest (`conf/cf-lex.l`, state QUOTED).
 */
export function includeLines(text: string): IncludeLine[] {
  const found: IncludeLine[] = [];
  let commented = false;
  let at = 0;
  text.split('\n').forEach((line, index) => {
    const match = commented ? null : INCLUDE.exec(line);
    if (match !== null) {
      const [, before = '', pattern = ''] = match;
      found.push({ line: index + 1, pattern, at: at + before.length });
    }
    commented = endsCommented(line, match?.[0].length ?? 0, commented);
    at += line.length + 1;
  });
  return found;
}

/** Whether the end of a line lies inside a comment of the kind that goes on over lines. @param from column to begin at. */
function endsCommented(line: string, from: number, commented: boolean): boolean {
  let inside = commented;
  let column = from;
  for (;;) {
    if (inside) {
      const end = line.indexOf('*/', column);
      if (end < 0) return true;
      column = end + 2;
    }
    OPENING.lastIndex = column;
    const opening = OPENING.exec(line);
    if (opening === null || opening[0] === '#') return false;
    inside = opening[0] === '/*';
    column = OPENING.lastIndex;
  }
}
