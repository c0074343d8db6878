import { FlockError } from '../../errors.ts';
import { fileStampOf, readText } from '../../files/read-text.ts';

/** Longest password of TCP MD5 signatures, in bytes (`TCP_MD5SIG_MAXKEYLEN` in `linux/tcp.h`). */
const PASSWORD_BYTES = 80;

/** Larger than any password with its line break. */
const FILE_BYTES = 1_024;

/** Permission bits of group and others. */
const NOT_OWNER = 0o077;

/**
 * Reads the password of a session. Its text is written in double quotes in BIRD's language, which has no escapes and
 * ends a string at the next quote or line end (`conf/cf-lex.l`); so a password that such a string cannot carry is
 * refused.
 * @param path of a file that belongs to root (or to the user of this process) and that no other user may read.
 * @param key of the configuration, for messages, which never show the contents of the file.
 * @throws FlockError `configurationInvalid`.
 */
export function readPassword(path: string, key: string): string {
  const invalid = (rule: string): FlockError => new FlockError('configurationInvalid', `${key}: ${path} ${rule}`);
  const reading = readText(path, FILE_BYTES);
  if (reading.kind === 'missing') throw invalid('does not exist; put the password of the session there');
  if (reading.kind === 'unreadable') throw invalid(`cannot be read: ${reading.message}`);
  const { uid, mode } = reading.stamp;
  if ((mode & NOT_OWNER) !== 0) {
    throw invalid(
      `must be readable only by its owner, but has mode ${mode.toString(8).padStart(4, '0')}; chmod 600 it`,
    );
  }
  if (uid !== 0 && uid !== process.geteuid?.()) throw invalid(`must belong to root, but belongs to user ${uid}`);
  const password = reading.text.replace(/\r?\n$/, '');
  if (password === '') throw invalid('must contain a password, but is empty');
  if (!/^[ -~]+$/.test(password)) {
    throw invalid('must contain one line of printable ASCII characters, and nothing else');
  }
  if (password.includes('"'))
    throw invalid('must not contain a double quote, which BIRD cannot read inside a password');
  if (password.trim() !== password) throw invalid('must not have blanks before or after the password');
  if (password.length > PASSWORD_BYTES)
    throw invalid(`must contain at most ${PASSWORD_BYTES} characters, the limit of TCP MD5`);
  return password;
}

/** Shows that a password file has changed; nothing in it is derived from the password. */
export function passwordStamp(path: string): string {
  return `${path} ${fileStampOf(path)?.id ?? 'missing'}`;
}
