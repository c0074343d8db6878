import { foldNumbers } from './arithmetic.ts';

/** An option in comparable form: two texts are equal when BIRD stores the same for both. */
export type Value = string;

/**
 * Represents an option that is not given and whose default in BIRD depends on the version, or differs from every value.
 */
export const UNSET: Value = '';

/** Separates the name of a table from what distinguishes it from others of that name; occurs in no BIRD name. */
export const TABLE_MARK = '@';

const SWITCHES = new Map([
  ['on', 'on'],
  ['yes', 'on'],
  ['off', 'off'],
  ['no', 'off'],
  // Since 2.18.
  ['true', 'on'],
  ['false', 'off'],
]);

/**
 * A switch (`bool` in `conf/confbase.Y`): no value means on, a number means on unless it is zero. Other words are kept.
 */
export function switchValue(tokens: readonly string[]): Value {
  if (tokens.length === 0) return 'on';
  const text = plainValue(tokens);
  if (/^\d+$/.test(text)) return text === '0' ? 'off' : 'on';
  return SWITCHES.get(text) ?? text;
}

/** Any other value. */
export function plainValue(tokens: readonly string[]): Value {
  return foldNumbers(tokens).join(' ');
}

/** A router id or cluster id, which may be written as an address or as a number (`idval` in `nest/config.Y`). */
export function idValue(tokens: readonly string[]): Value {
  const text = plainValue(tokens);
  if (!/^\d{1,10}$/.test(text)) return text;
  const number = Number(text);
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/**
 * A limit of a channel: its number and the action above it (`limit_spec` in `nest/config.Y`). `off` when there is none.
 * Without an action, BIRD disables the protocol.
 */
export function limitValue(tokens: readonly string[]): Value {
  const action = tokens.indexOf('action');
  if (plainValue(tokens) === 'off') return 'off';
  const number = plainValue(action === -1 ? tokens : tokens.slice(0, action));
  return `${number} action ${action === -1 ? 'disable' : plainValue(tokens.slice(action + 1))}`;
}

const ENDING_ACTION = /^(\d+) action (?:disable|restart)$/;

/**
 * Whether a limit may end the session at once: BIRD checks the existing routes when it applies a limit
 * (`channel_verify_limits` in `nest/proto.c`), and two of the four actions end the session.
 */
export function limitMayEnd(before: Value, after: Value): boolean {
  const ending = ENDING_ACTION.exec(after);
  // A limit that cannot be read, such as an expression, may be anything.
  if (ending === null) return after !== 'off' && !/action (block|warn)$/.test(after);
  const stood = ENDING_ACTION.exec(before);
  return stood === null || Number(ending[1]) < Number(stood[1]);
}
