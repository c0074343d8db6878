import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Reply, ReplySplitter } from '../../../src/bird-control/reply.ts';

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
