import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Reply, ReplySplitter } from '../../../src/bird-control/replies/reply.ts';

const NO_LIMIT = 1 << 30;

/** All replies and notes in some bytes. */
export function split(bytes: string | Uint8Array, maxReplyBytes = NO_LIMIT): { replies: Reply[]; notes: string[] } {
  const replies: Reply[] = [];
  const notes: string[] = [];
  const splitter = new ReplySplitter(
    { reply: (reply) => replies.push(reply), note: (text) => notes.push(text) },
    maxReplyBytes,
  );
  splitter.push(Buffer.from(bytes));
  return { replies, notes };
}

/** The one reply in some bytes. */
export function replyOf(bytes: string | Uint8Array): Reply {
  const { replies } = split(bytes);
  const [reply] = replies;
  if (reply === undefined || replies.length > 1) throw new Error(`${replies.length} replies in ${String(bytes)}`);
  return reply;
}

/** A reply as BIRD 2.0.12 sent it over its socket: a file of `captured/`. */
export function captured(name: string): Reply {
  return replyOf(readFileSync(join(import.meta.dirname, 'captured', `${name}.txt`)));
}

/** A reply code of each kind that BIRD knows. */
export const replyCode = fc.constantFrom(
  0,
  1,
  2,
  3,
  4,
  13,
  14,
  20,
  22,
  1000,
  1002,
  1006,
  1007,
  1008,
  1011,
  1012,
  8000,
  8001,
  8002,
  9001,
);
