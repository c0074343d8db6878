import { escapeText } from '../../model/printable.ts';
import { BirdError } from '../types.ts';
import type { Reply } from './reply.ts';

/** Codes of `doc/reply_codes` that the client checks. The first digit 8 means a runtime error, 9 a syntax error. */
export const CODE = {
  ok: 0,
  welcome: 1,
  readingConfiguration: 2,
  reconfigured: 3,
  inProgress: 4,
  queued: 5,
  shuttingDown: 6,
  status: 13,
  routeCount: 14,
  restricted: 16,
  queuedDropped: 17,
  confirmed: 18,
  nothingToDo: 19,
  configurationOk: 20,
  undoScheduled: 22,
  version: 1000,
  protocol: 1002,
  protocolDetail: 1006,
  route: 1007,
  routeDetail: 1008,
  uptime: 1011,
  routeAttribute: 1012,
  tooLong: 8000,
  notFound: 8001,
  configurationError: 8002,
  noProtocolMatches: 8003,
  stopped: 8004,
} as const;

/** How much of BIRD's text an error message quotes, in characters. */
const EXCERPT_LENGTH = 200;

/** Codes from here on are failures. */
const FIRST_ERROR_CODE = 8000;

/** Error for a reply whose last line is not one that the command expects. */
export function unexpectedReply(command: string, reply: Reply): BirdError {
  const said = `${String(reply.code).padStart(4, '0')} ${excerpt(reply.text)}`;
  if (reply.code >= FIRST_ERROR_CODE) {
    return new BirdError('refused', `BIRD refused "${command}": ${said}`, { code: reply.code });
  }
  return new BirdError('protocol', `BIRD answered "${command}" with "${said}", which is not an answer to it`, {
    code: reply.code,
  });
}

/** Error for a line that does not have the expected form. */
export function unreadableLine(command: string, text: string): BirdError {
  return new BirdError('protocol', `BIRD's answer to "${command}" contains an unreadable line: "${excerpt(text)}"`);
}

function excerpt(text: string): string {
  return escapeText(text, EXCERPT_LENGTH);
}

/** A decimal number printed by BIRD; undefined when it is not one, or a double cannot hold it exactly. */
export function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
