import { createServer, type Server, type Socket } from 'node:net';

/** What the fake does with one command: sends text, or anything else with the connection. */
export type BirdAnswer = string | ((connection: FakeConnection) => void);

/** State of the fake's configuration, as `configure status` tells it. */
export type FakeState = 'idle' | 'inProgress' | 'queued' | 'shuttingDown';

const STATUS_LINES: Readonly<Record<FakeState, string>> = {
  idle: '0003-Daemon is up and running',
  inProgress: '0004-Reconfiguration in progress',
  queued: '0005-Reconfiguration in progress, next one enqueued',
  shuttingDown: '0006-Shutdown in progress',
};

/** What a healthy, idle BIRD 2.0.12 says. The first expression that matches counts. */
const HEALTHY: readonly (readonly [RegExp, string])[] = [
  [/^show status$/, '1000-BIRD 2.0.12\n1011-Router ID is 10.0.0.1\n0013 Daemon is up and running\n'],
  [/^show protocols all$/, '0000 \n'],
  [/^restrict$/, '0016 Access restricted\n'],
  [/^configure confirm$/, '0019 Nothing to do\n'],
  [/^configure undo$/, '0021-Undo requested\n0003 Reconfigured\n'],
  [/^configure check /, '0002-Reading configuration\n0020 Configuration OK\n'],
  [/^configure/, '0002-Reading configuration\n0003 Reconfigured\n'],
  [/^/, '9001 syntax error, unexpected CF_SYM_UNDEFINED\n'],
];

/** `configure` and `configure undo`, which a busy BIRD 3 does not survive. */
const RECONFIGURES = /^configure( undo|( soft)?( "[^"]*")?( timeout \d+)?)$/;

/** What BIRD receives at most at once (`s->rbsize`, sysdep/unix/main.c); it drops a connection that sends more. */
const RECEIVE_BUFFER_BYTES = 1_024;

/** Never answers. */
export const hang: BirdAnswer = () => {};

/** Sends the text and drops the connection. */
export function dieAfter(text: string): BirdAnswer {
  return (connection) => connection.end(text);
}

/** Sends the text a byte at a time, one in each turn of the event loop. */
export function trickle(text: string): BirdAnswer {
  return (connection) => {
    const bytes = [...Buffer.from(text)];
    const next = (): void => {
      const byte = bytes.shift();
      if (byte === undefined) return;
      connection.send(Buffer.of(byte));
      setImmediate(next);
    };
    next();
  };
}

/** The fake's end of one connection. */
export class FakeConnection {
  readonly #socket: Socket;
  #sent = '';

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether a command waits for the last line of its reply. */
  answering = false;

  send(bytes: string | Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#sent += Buffer.from(bytes).toString('latin1');
    const lines = this.#sent.split('\n');
    if (lines.some((line, index) => index < lines.length - 1 && /^\d{4} /.test(line))) this.answering = false;
    this.#sent = lines.at(-1) ?? '';
    this.#socket.write(bytes);
  }

  end(bytes: string): void {
    this.#socket.end(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/**
 * A BIRD that does as the test says. By itself it answers as a healthy 2.0.12 and keeps the state of its configuration.
 * It notes as `faults` whatever would hurt a real one: two commands in flight, too many bytes at once, and a `configure`
 * or `undo` while it is not idle. Disposing of it fails when there are any.
 */
export class FakeBird implements AsyncDisposable {
  readonly path: string;
  /** Every command received, in order. */
  readonly commands: string[] = [];
  readonly faults: string[] = [];
  /** Sent on every new connection. */
  greeting: BirdAnswer = '0001 BIRD 2.0.12 ready.\n';
  state: FakeState = 'idle';
  /** How many more times `configure status` tells a busy state before the fake is idle again. */
  busyPolls = 0;
  readonly #scripts = new Map<string, BirdAnswer[]>();
  readonly #connections = new Set<FakeConnection>();
  #server: Server | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /** How many connections stand. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Serves a unix socket at the path. */
  static async start(path: string): Promise<FakeBird> {
    const fake = new FakeBird(path);
    await fake.listen();
    return fake;
  }

  /** Answers the command so, in order, one answer each time; the last one stays. */
  on(command: string, ...answers: BirdAnswer[]): this {
    this.#scripts.set(command, answers);
    return this;
  }

  /** Sends text to every client, asked for or not. */
  say(text: string): void {
    for (const connection of this.#connections) connection.send(text);
  }

  /** Serves the path again after `stop`. */
  async listen(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
  }

  /** Drops every client and takes the socket away, as the end of a BIRD does. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.faults.length > 0) throw new Error(`the client would hurt a real BIRD: ${this.faults.join('; ')}`);
  }

  #accept(socket: Socket): void {
    const connection = new FakeConnection(socket);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
    socket.on('error', () => {}); // The client went away in the middle of an answer.
    let received = '';
    socket.on('data', (chunk) => {
      if (chunk.length >= RECEIVE_BUFFER_BYTES) this.faults.push(`${chunk.length} bytes in one write`);
      received += chunk.toString('utf8');
      const lines = received.split('\n');
      received = lines.pop() ?? '';
      for (const line of lines) this.#command(connection, line);
    });
    act(connection, this.greeting);
  }

  #command(connection: FakeConnection, command: string): void {
    this.commands.push(command);
    if (connection.answering) this.faults.push(`"${command}" while another command was in flight`);
    if (RECONFIGURES.test(command) && this.state !== 'idle') this.faults.push(`"${command}" while ${this.state}`);
    connection.answering = true;
    act(connection, this.#scripted(command) ?? this.#unscripted(command));
  }

  #scripted(command: string): BirdAnswer | undefined {
    const answers = this.#scripts.get(command);
    return answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
  }

  #unscripted(command: string): string {
    if (command !== 'configure status') return HEALTHY.find(([pattern]) => pattern.test(command))?.[1] ?? '';
    if (this.busyPolls > 0) this.busyPolls -= 1;
    else if (this.state !== 'shuttingDown') this.state = 'idle';
    return `${STATUS_LINES[this.state]}\n0000 \n`;
  }
}

function act(connection: FakeConnection, answer: BirdAnswer): void {
  if (typeof answer === 'string') connection.send(answer);
  else answer(connection);
}
