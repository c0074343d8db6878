import { formatPrefix, parsePrefix } from '../model/prefix.ts';
import { printable } from '../model/printable.ts';
import { quoteName, quotePath } from './quote.ts';
import { BirdError, type RouteQuery } from './types.ts';

/** Options of `configure`. */
export interface ConfigureOptions {
  /** Absolute path; without it BIRD reads the file that it was started with. */
  readonly file?: string;
  /** Install new filters without applying them to existing routes. */
  readonly soft?: boolean;
  /** BIRD restores the old configuration after this many seconds unless the new one is confirmed. At least 1. */
  readonly undoAfterSeconds?: number;
}

/** `timeout` prints its seconds as a signed number of 32 bits; 0 would mean no timer at all. */
const MAX_UNDO_SECONDS = 0x7fffffff;

/** `configure [soft] ["file"] [timeout N]`; BIRD accepts the parts only in this order. */
export function configureCommand(options: ConfigureOptions): string {
  const words = ['configure'];
  if (options.soft === true) words.push('soft');
  if (options.file !== undefined) words.push(quotePath(options.file));
  const seconds = options.undoAfterSeconds;
  if (seconds !== undefined) {
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_UNDO_SECONDS) {
      throw new BirdError(
        'invalidCommand',
        `undoAfterSeconds is ${seconds}; it must be a whole number from 1 to ${MAX_UNDO_SECONDS}`,
      );
    }
    words.push('timeout', String(seconds));
  }
  return words.join(' ');
}

/** `configure check "file"`. */
export function checkCommand(file: string): string {
  return `configure check ${quotePath(file)}`;
}

/** `show route …` for the query. */
export function showRouteCommand(query: RouteQuery): string {
  const words = ['show route'];
  if (query.network !== undefined) words.push(network(query.network));
  if (query.table !== undefined) words.push('table', quoteName(query.table));
  if (query.all === true) words.push('all');
  if (query.primary === true) words.push('primary');
  if (query.exportedTo !== undefined) words.push('export', quoteName(query.exportedTo));
  if (query.toldTo !== undefined) words.push('exported', quoteName(query.toldTo));
  if (query.protocol !== undefined) words.push('protocol', quoteName(query.protocol));
  return words.join(' ');
}

/** `show route … count`. With a network given BIRD answers with nothing: list those routes instead. */
export function countRoutesCommand(query: Omit<RouteQuery, 'network' | 'all'>): string {
  return `${showRouteCommand(query)} count`;
}

/** Always with a length: for a bare address BIRD would show the best match instead of that network. */
function network(text: string): string {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') {
    const rule = prefix === 'hostBits' ? 'it has bits set after its length' : 'write address/length';
    throw new BirdError('invalidCommand', `"${printable(text)}" is not a network: ${rule}`);
  }
  return formatPrefix(prefix);
}
