/**
 * The statements of BIRD that hold a secret: `password` and `key` (`nest/config.Y`, `proto/bgp/config.Y`), and `secret` of
 * the keys for TCP-AO (`proto/bgp/config.Y` from 2.17 on).
 */
const WORD = /\b(password|key|secret)/.source;

/** The two kinds of comments (`conf/cf-lex.l`); the second may be unterminated. */
const COMMENT = /#[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/.source;

/** What BIRD skips between two words, written so that it matches in only one way: otherwise a search takes forever. */
const BETWEEN = /(?:\s|#[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*/.source;

/** A quoted text, possibly unterminated, or the bytes that BIRD accepts from 2.14 on (`conf/cf-lex.l`). */
const VALUE = /"[^"\n]*"?|hex:[0-9A-Fa-f:. -]*|[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){15,}/.source;

/**
 * A secret, with the keyword and what is in between, which may be comments; or a text or comment that is not one, so
 * that nothing in it is mistaken for code.
 */
const TOKEN = new RegExp(`"[^"\\n]*"|(${COMMENT})|${WORD}(${BETWEEN})(?:${VALUE})`, 'g');

/** A secret in a statement that was turned into a comment, where quotes need not come in pairs. */
const IN_COMMENT = new RegExp(`${WORD}(\\s+)(?:${VALUE})`, 'g');

/** What replaces a secret. */
export const MASK = '********';

/** A text of BIRD's language without its passwords, for display, logs and answers; BIRD still accepts it. */
export function maskSecrets(text: string): string {
  return text.replace(TOKEN, (whole: string, comment?: string, word?: string, between?: string) => {
    if (comment !== undefined) return whole.replace(IN_COMMENT, `$1$2"${MASK}"`);
    return word === undefined ? whole : `${word}${between}"${MASK}"`;
  });
}

/** Whether a text of BIRD's language contains a password, from the configuration or from a template of the operator. */
export function holdsSecret(text: string): boolean {
  return [...text.matchAll(TOKEN)].some(
    ([, comment, word]) => word !== undefined || (comment !== undefined && comment.search(IN_COMMENT) !== -1),
  );
}
