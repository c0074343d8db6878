import { printable } from '../../model/printable.ts';
import type { BirdFileError, ConfigureOutcome, ConfigureStatus } from '../types.ts';
import { CODE, unexpectedReply, unreadableLine, wholeNumber } from './expect.ts';
import type { Reply } from './reply.ts';

/**
 * The outcome of a `configure` or `configure undo`.
 * @param file the requested file, for a message that names none
 * @throws BirdError `refused` or `protocol`
 */
export function parseConfigure(command: string, reply: Reply, file: string | undefined): ConfigureOutcome {
  switch (reply.code) {
    case CODE.reconfigured:
      return { outcome: 'applied' };
    case CODE.inProgress:
      return { outcome: 'inProgress' };
    case CODE.queued:
      return { outcome: 'queued' };
    case CODE.shuttingDown:
      return { outcome: 'shuttingDown' };
    case CODE.queuedDropped:
      return { outcome: 'queuedDropped' };
    case CODE.nothingToDo:
      return { outcome: 'nothingToDo' };
    default: {
      const error = parseFileError(reply, file);
      if (error === undefined) throw unexpectedReply(command, reply);
      return { outcome: 'refused', error };
    }
  }
}

/** The outcome of a `configure check`. */
export function parseCheck(
  command: string,
  reply: Reply,
  file: string,
): { readonly ok: true } | { readonly ok: false; readonly error: BirdFileError } {
  if (reply.code === CODE.configurationOk) return { ok: true };
  const error = parseFileError(reply, file);
  if (error === undefined) throw unexpectedReply(command, reply);
  return { ok: false, error };
}

/** The answer to `configure confirm`. */
export function parseConfirm(command: string, reply: Reply): 'confirmed' | 'nothingToDo' {
  if (reply.code === CODE.confirmed) return 'confirmed';
  if (reply.code === CODE.nothingToDo) return 'nothingToDo';
  throw unexpectedReply(command, reply);
}

const STATES: ReadonlyMap<number, ConfigureStatus['state']> = new Map([
  [CODE.reconfigured, 'idle'],
  [CODE.inProgress, 'inProgress'],
  [CODE.queued, 'queued'],
  [CODE.shuttingDown, 'shuttingDown'],
]);

/** The answer to `configure status`: a line 0003 to 0006, perhaps 0022 with the time left, then 0000. */
export function parseConfigureStatus(command: string, reply: Reply): ConfigureStatus {
  const state = reply.lines.map((line) => STATES.get(line.code)).find((value) => value !== undefined);
  if (reply.code !== CODE.ok || state === undefined) throw unexpectedReply(command, reply);
  const timer = reply.lines.find((line) => line.code === CODE.undoScheduled);
  if (timer === undefined) return { state, undoInSeconds: undefined };
  // The only number in the line, whatever the wording.
  const seconds = /\d+(?:\.\d+)?/.exec(timer.text)?.[0];
  if (seconds === undefined) throw unreadableLine(command, timer.text);
  return { state, undoInSeconds: Number(seconds) };
}

/**
 * The location of the error, from `file:line:col message` or `file: message` (`cmd_read_config`, sysdep/unix/main.c).
 * Undefined when the reply reports no error in a file.
 */
function parseFileError(reply: Reply, file: string | undefined): BirdFileError | undefined {
  if (reply.code === CODE.tooLong) {
    // The 8002 line with its path exceeds BIRD's 512 bytes, so BIRD replaced it with this.
    const message = 'BIRD refuses the configuration, but its message is too long for its socket; use a shorter path';
    return { file: file ?? fileRead(reply), line: undefined, column: undefined, message };
  }
  if (reply.code !== CODE.configurationError) return undefined;
  const text = printable(reply.text);
  const placed = /^(.*?):(\d+):(\d+) (.*)$/.exec(text);
  if (placed?.[1] !== undefined && placed[4] !== undefined) {
    return { file: placed[1], line: position(placed[2]), column: position(placed[3]), message: placed[4] };
  }
  const split = text.lastIndexOf(': ');
  return {
    file: split === -1 ? (file ?? fileRead(reply)) : text.slice(0, split),
    line: undefined,
    column: undefined,
    message: split === -1 ? text : text.slice(split + 2),
  };
}

/** The file of the line `0002-Reading configuration from …`; empty when there is none, or BIRD found it too long. */
export function fileRead(reply: Reply): string {
  const text = reply.lines.find((line) => line.code === CODE.readingConfiguration)?.text ?? '';
  return printable(text.replace(/^Reading configuration from /, ''));
}

/** A line or column number, counted from 1. */
function position(text: string | undefined): number | undefined {
  const value = wholeNumber(text);
  return value === 0 ? undefined : value;
}
