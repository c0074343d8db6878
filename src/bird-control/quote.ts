import { printable, quoteText } from '../model/printable.ts';
import { BirdError } from './types.ts';

/**
 * Longest command, in bytes including its newline. BIRD's receive buffer has 1,024 bytes, and BIRD takes a full one for
 * the end of the connection (`s->rbsize` in sysdep/unix/main.c); a line that gets past it in pieces and grows beyond
 * 4,094 hangs BIRD forever. 900 stays clear of both.
 */
export const MAX_COMMAND_BYTES = 900;

const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * A command as sent over the socket, newline included.
 * @throws BirdError `invalidCommand` when it is empty, too long, or not one line of text.
 */
export function encodeCommand(command: string): Buffer {
  const bytes = Buffer.from(`${command}\n`, 'utf8');
  if (bytes.length > MAX_COMMAND_BYTES) {
    throw new BirdError(
      'invalidCommand',
      `command ${quoteText(command, 40)} has ${bytes.length} bytes; more than ${MAX_COMMAND_BYTES} can hang BIRD; use a shorter path`,
    );
  }
  if (command.trim() === '') throw new BirdError('invalidCommand', 'an empty command');
  requireText('command', command);
  return bytes;
}

/**
 * A file name in double quotes. BIRD has no escapes inside them (conf/cf-lex.l, state QUOTED): a backslash is literal.
 * @throws BirdError `invalidCommand` when the path is not absolute, or contains a character that cannot be quoted.
 */
export function quotePath(path: string): string {
  requireText('path', path);
  if (path.includes('"')) {
    throw new BirdError(
      'invalidCommand',
      `path ${printable(path)} contains a double quote, which BIRD's syntax cannot express`,
    );
  }
  if (!path.startsWith('/')) {
    throw new BirdError(
      'invalidCommand',
      `path "${printable(path)}" is relative: BIRD would look in its own working directory; give an absolute path`,
    );
  }
  return `"${path}"`;
}

/**
 * The name of a protocol or table in single quotes, in which keywords are valid names too.
 * @throws BirdError `invalidCommand` for characters outside those of conf/cf-lex.l, state APOSTROPHED.
 */
export function quoteName(name: string): string {
  if (!/^[A-Za-z0-9_.:-]+$/.test(name)) {
    throw new BirdError(
      'invalidCommand',
      `"${printable(name)}" is not the name of a protocol or table: BIRD accepts letters, digits and _ . : -`,
    );
  }
  return `'${name}'`;
}

/** A lone surrogate has no UTF-8 form: Node would send another name than the caller meant. */
function requireText(what: string, text: string): void {
  if (text.isWellFormed() && !CONTROL_CHARACTER.test(text)) return;
  throw new BirdError(
    'invalidCommand',
    `${what} "${printable(text)}" holds a newline, another control character or half a character`,
  );
}
