import { SerialQueue } from '../async/serial-queue.ts';
import { Connection } from './connection.ts';
import { encodeCommand } from './quote.ts';
import { CODE, unexpectedReply } from './replies/expect.ts';
import type { Reply } from './replies/reply.ts';
import type { ReplyDeadline } from './reply-timer.ts';
import { BirdError } from './types.ts';

interface SessionOptions {
  /** Path of BIRD's control socket. */
  readonly path: string;
  readonly greeting: ReplyDeadline;
  readonly maxReplyBytes: number;
  /** Give up the right to change anything, with BIRD's `restrict`, on every new connection. */
  readonly readOnly: boolean;
  /** Let commands fail at once while BIRD is known not to answer; see `BirdClientOptions`. */
  readonly failFast: boolean;
  readonly onNote: (text: string) => void;
}

/**
 * Commands to one BIRD, one at a time, over a connection that is opened when needed and reopened after it broke.
 * Listeners are called in a separate turn of the event loop, so that one that throws cannot leave a command without its
 * answer.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #commands = new SerialQueue();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connection: Connection | undefined;
  #announced = false;
  #connections = 0;
  #version: string | undefined;
  #closed: BirdError | undefined;
  /** Why BIRD is known not to answer; undefined while it is not. */
  #silent: BirdError | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Version from the greeting of the current or last connection. */
  get version(): string | undefined {
    return this.#version;
  }

  get connected(): boolean {
    return this.#announced;
  }

  /** How many connections there have been, including the current one. */
  get connections(): number {
    return this.#connections;
  }

  /** Waits for its turn, connects if necessary, sends the command and returns its reply. */
  async request(command: string, deadline: ReplyDeadline): Promise<Reply> {
    encodeCommand(command); // A command that must not be sent is refused without a connection.
    this.#failFast(); // Even while an attempt to connect is in progress, which may last until a deadline.
    return this.#commands.run(async () => {
      this.#failFast();
      const connection = await this.#connect();
      return this.#noting(connection.request(command, deadline));
    });
  }

  /** Connects if there is no connection. */
  async connect(): Promise<void> {
    await this.#commands.run(() => this.#connect());
  }

  /** @throws BirdError `unreachable` when BIRD is known not to answer and the options rule out another attempt. */
  #failFast(): void {
    if (!this.#options.failFast || this.#silent === undefined) return;
    throw new BirdError('unreachable', this.#silent.message, { cause: this.#silent });
  }

  /** Records that BIRD does not answer. */
  async #noting<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof BirdError && error.kind === 'timeout') this.#silent = error;
      throw error;
    }
  }

  /** Closes the connection for good. Commands in flight and later ones fail. */
  close(): void {
    this.#closed ??= new BirdError('connectionLost', `the client of BIRD at ${this.#options.path} was closed`);
    this.#connection?.close(this.#closed);
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    const own = (connected: boolean): void => listener(connected);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  async #connect(): Promise<Connection> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#connection !== undefined && this.#connection.failure === undefined) return this.#connection;
    try {
      const connection = await this.#newConnection();
      this.#silent = undefined;
      return connection;
    } catch (error) {
      if (error instanceof BirdError) this.#silent = error;
      throw error;
    }
  }

  async #newConnection(): Promise<Connection> {
    const { path, greeting, maxReplyBytes } = this.#options;
    const connection = new Connection({
      path,
      greeting,
      maxReplyBytes,
      onNote: (text) => queueMicrotask(() => this.#options.onNote(text)),
      onEnd: () => this.#announce(false),
    });
    this.#connection = connection;
    await connection.ready;
    if (this.#options.readOnly) await restrict(connection, greeting);
    // It may have ended right after the last answer.
    if (connection.failure !== undefined) throw connection.failure;
    this.#version = connection.version;
    this.#connections += 1;
    this.#announce(true);
    return connection;
  }

  #announce(connected: boolean): void {
    if (this.#announced === connected) return;
    this.#announced = connected;
    for (const listener of this.#listeners) queueMicrotask(() => listener(connected));
  }
}

/** Every command that changes BIRD is then answered with 8007, for the life of this connection. */
async function restrict(connection: Connection, deadline: ReplyDeadline): Promise<void> {
  const reply = await connection.request('restrict', deadline);
  if (reply.code === CODE.restricted) return;
  const error = unexpectedReply('restrict', reply);
  connection.close(error);
  throw error;
}
