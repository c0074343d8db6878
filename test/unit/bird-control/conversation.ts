import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BirdClient, type BirdClientOptions, BirdError } from '../../../src/bird-control/index.ts';
import { FakeBird } from '../../fakes/bird.ts';

/** A client in conversation with a fake BIRD, with short deadlines. Fails at its disposal when the client did harm. */
export interface Conversation extends AsyncDisposable {
  readonly fake: FakeBird;
  readonly client: BirdClient;
  readonly notes: string[];
}

/** Deadlines, in milliseconds, that a test can wait for and that a busy machine still keeps. */
export const SHORT: Omit<BirdClientOptions, 'socket'> = { replyMs: 300, longReplyMs: 700, settleMs: 5_000 };

/** Sets both up on a temporary socket. */
export async function converse(options: Partial<BirdClientOptions> = {}): Promise<Conversation> {
  const dir = await mkdtemp(join(tmpdir(), 'flock-bird-'));
  const fake = await FakeBird.start(join(dir, 'bird.ctl'));
  const notes: string[] = [];
  const client = new BirdClient({ socket: fake.path, ...SHORT, onNote: (text) => notes.push(text), ...options });
  return {
    fake,
    client,
    notes,
    [Symbol.asyncDispose]: async () => {
      client.close();
      try {
        await fake[Symbol.asyncDispose]();
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}

/** The BirdError that a promise fails with; fails itself when there is none. */
export async function failure(promise: Promise<unknown>): Promise<BirdError> {
  const error: unknown = await promise.then(
    (value) => new Error(`no failure but ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof BirdError) return error;
  throw error;
}

/** Settles when the connection is made (true) or broken (false) the next time. */
export function nextConnection(client: BirdClient): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = client.onConnection((connected) => {
      stop();
      resolve(connected);
    });
  });
}
