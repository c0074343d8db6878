import { createConnection, type Socket } from 'node:net';
import { checkSocketPath, connectError } from './connect-error.ts';
import { encodeCommand } from './quote.ts';
import { CODE, unexpectedReply } from './replies/expect.ts';
import { type Reply, ReplySplitter } from './replies/reply.ts';
import { type ReplyDeadline, ReplyTimer } from './reply-timer.ts';
import { BirdError } from './types.ts';

interface ConnectionOptions {
  readonly path: string;
  /** For the time from connect(2) to the greeting. */
  readonly greeting: ReplyDeadline;
  readonly maxReplyBytes: number;
  /** Receives lines that belong to no reply. */
  readonly onNote: (text: string) => void;
  /** Called once, when the connection is no longer usable. */
  readonly onEnd: () => void;
}

/** The pending reply. */
interface Waiting {
  /** What it answers, for error messages. */
  readonly command: string;
  readonly timer: ReplyTimer;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: BirdError) => void;
}

/**
 * One connection to BIRD's control socket, with at most one command in flight. Any error on it closes it for good,
 * since a late answer could not be told from the answer to a later command.
 */
export class Connection {
  /** Settles with the greeting. */
  readonly ready: Promise<void>;
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #splitter: ReplySplitter;
  #connected = false;
  #waiting: Waiting | undefined;
  #end: BirdError | undefined;
  #version: string | undefined;

  /** @throws BirdError `unreachable` for a path that a socket cannot have. */
  constructor(options: ConnectionOptions) {
    checkSocketPath(options.path);
    this.#options = options;
    this.#splitter = new ReplySplitter(
      { reply: (reply) => this.#reply(reply), note: options.onNote },
      options.maxReplyBytes,
    );
    this.#socket = createConnection({ path: options.path });
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (chunk) => this.#data(chunk));
    this.#socket.on('error', (error) => this.#broken(error));
    this.#socket.on('close', () => this.#broken(undefined));
    this.ready = this.#greeting();
  }

  /** Version from the greeting, `2.0.12`; undefined before it. */
  get version(): string | undefined {
    return this.#version;
  }

  /** Why the connection has ended; undefined while it has not. */
  get failure(): BirdError | undefined {
    return this.#end;
  }

  /**
   * Sends one command and returns its complete reply.
   * @throws BirdError
   */
  async request(command: string, deadline: ReplyDeadline): Promise<Reply> {
    const bytes = encodeCommand(command);
    if (this.#waiting !== undefined) throw new Error(`a second command in flight: ${command}`);
    const reply = this.#expect(command, deadline);
    // One write: BIRD drops a connection with 1,024 bytes in flight, and a command is shorter than that.
    if (this.#end === undefined) this.#socket.write(bytes);
    return reply;
  }

  /** Ends the connection; a command in flight fails with `reason`. */
  close(reason: BirdError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#socket.destroy();
    this.#settle()?.reject(reason);
    this.#options.onEnd();
  }

  async #greeting(): Promise<void> {
    const reply = await this.#expect('connect', this.#options.greeting);
    if (reply.code === CODE.welcome) {
      this.#version = /^BIRD (\S+) ready/.exec(reply.text)?.[1] ?? reply.text;
      return;
    }
    const error = unexpectedReply('connect', reply);
    this.close(error);
    throw error;
  }

  #expect(command: string, deadline: ReplyDeadline): Promise<Reply> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const timer = new ReplyTimer(deadline, (waitedMs) => this.close(this.#late(command, waitedMs)));
      this.#waiting = { command, timer, resolve, reject };
    });
  }

  #settle(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.timer.stop();
    return waiting;
  }

  #data(chunk: Buffer): void {
    this.#waiting?.timer.heard();
    try {
      this.#splitter.push(chunk);
    } catch (error) {
      if (!(error instanceof BirdError)) throw error;
      this.close(error);
    }
  }

  #reply(reply: Reply): void {
    if (this.#end !== undefined) return;
    const waiting = this.#settle();
    if (waiting === undefined) {
      this.close(new BirdError('protocol', `BIRD at ${this.#options.path} sent a reply without a command`));
    } else if (reply.oversized) {
      waiting.reject(
        new BirdError(
          'tooLarge',
          `BIRD's answer to "${waiting.command}" has more than ${this.#options.maxReplyBytes} bytes; ask for less, or raise maxReplyBytes`,
        ),
      );
    } else {
      waiting.resolve(reply);
    }
  }

  #broken(cause: Error | undefined): void {
    if (this.#end !== undefined) return;
    const { path } = this.#options;
    if (cause !== undefined && !this.#connected) {
      this.close(connectError(path, cause));
      return;
    }
    const command = this.#waiting?.command;
    const during =
      this.#version === undefined
        ? 'before its greeting'
        : command === undefined
          ? 'while idle'
          : `during "${command}"`;
    const message = `the connection to BIRD at ${path} broke ${during}; it ended, restarted or dropped this client`;
    this.close(new BirdError('connectionLost', message, cause === undefined ? {} : { cause }));
  }

  #late(command: string, waitedMs: number): BirdError {
    const what = command === 'connect' ? 'did not greet' : `did not answer "${command}"`;
    return new BirdError(
      'timeout',
      `BIRD at ${this.#options.path} ${what} within ${waitedMs} ms; the connection was closed`,
    );
  }
}
