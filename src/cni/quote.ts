/** Longest part of a hostile text that is quoted in a message, in characters. */
const MOST_QUOTED = 80;

/**
 * A text in which everything is escaped that a terminal could obey or fail to show (Unicode categories C, Zl and Zp:
 * control and format characters, including those that change the text direction).
 */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** A text from outside for a message: printable, in quotes, truncated when long. */
export function quote(text: string): string {
  return printable(JSON.stringify(text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text));
}
