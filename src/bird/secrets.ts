/**
 * Statements of BIRD that hold a secret in quotes: `password` and `key` (`nest/config.Y`, `proto/bgp/config.Y`), and
 * `secret` of the keys for TCP-AO (`proto/bgp/config.Y` from 2.17 on).
 */
const SECRET = /\b(password|key|secret)(\s+)"[^"\n]*"/g;

/** What stands in the place of a secret. */
export const MASK = '********';

/** A text of BIRD's language without its passwords, for people, logs and answers; BIRD still accepts it. */
export function maskSecrets(text: string): string {
  return text.replace(SECRET, `$1$2"${MASK}"`);
}

/** Whether a text of BIRD's language holds a password, from the configuration or from a template of the operator. */
export function holdsSecret(text: string): boolean {
  return text.search(SECRET) !== -1;
}
