/** Longest piece of a hostile text that goes into a message, in characters. */
const MOST_QUOTED = 80;

/**
 * A text with everything escaped that a terminal could obey or not show (Unicode categories C, Zl and Zp: control and
 * format characters, among them those that turn the direction of writing).
 */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** A text from outside for a message: printable, in quotes, cut when it is long. */
export function quote(text: string): string {
  return printable(JSON.stringify(text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text));
}
