import {
  type ConfigureOptions,
  checkCommand,
  configureCommand,
  countRoutesCommand,
  showRouteCommand,
} from './commands.ts';
import { Others } from './others.ts';
import { type Ask, configureStatus, reconfigure } from './reconfigure.ts';
import { CODE } from './replies/expect.ts';
import { fileRead, parseCheck, parseConfirm } from './replies/parse-configure.ts';
import { parseProtocols } from './replies/parse-protocols.ts';
import { parseRouteCount, parseRoutes } from './replies/parse-routes.ts';
import { parseStatus } from './replies/parse-status.ts';
import type { Reply } from './replies/reply.ts';
import type { ReplyDeadline } from './reply-timer.ts';
import { Serial } from './serial.ts';
import { Session } from './session.ts';
import type {
  BirdControl,
  BirdFileError,
  BirdRoute,
  BirdStatus,
  ConfigureOutcome,
  ConfigureStatus,
  ProtocolStatus,
  RouteQuery,
} from './types.ts';

/** Settings of a client. All times are in milliseconds. */
export interface BirdClientOptions {
  /** Path of BIRD's control socket. */
  readonly socket: string;
  /** Longest wait for the greeting and for a short reply, and longest pause within a long one. 1,000 by default. */
  readonly replyMs?: number;
  /** Longest wait for the whole of a long reply: `configure`, `show route`, `show protocols`. 10,000 by default. */
  readonly longReplyMs?: number;
  /** Longest wait for BIRD to finish a reconfiguration, before and after a command. 10,000 by default. */
  readonly settleMs?: number;
  /** Largest reply accepted, in bytes. 16 MiB by default: some 60,000 routes with all attributes. */
  readonly maxReplyBytes?: number;
  /** Give up the right to change anything, on every new connection. False by default. */
  readonly readOnly?: boolean;
  /**
   * Once BIRD could not be reached or has not answered a command in time, let every command fail at once with that
   * error until `connect` has succeeded: for callers that retry connecting at their own pace and must not wait for a
   * BIRD that hangs. False by default: each command tries to connect itself.
   */
  readonly failFast?: boolean;
  /**
   * Receives the lines that BIRD sends unasked, control characters included: `Config timeout expired, starting undo`,
   * echoed log messages.
   */
  readonly onNote?: (text: string) => void;
}

const DEFAULT_REPLY_MS = 1_000;
const DEFAULT_LONG_REPLY_MS = 10_000;
const DEFAULT_SETTLE_MS = 10_000;
const DEFAULT_MAX_REPLY_BYTES = 16 * 1024 * 1024;

const UNDO = 'configure undo';

/** How often a `show route` is sent when a reconfiguration cuts it off (8004). */
const SHOW_ROUTE_ATTEMPTS = 3;

/** The typed client of BIRD's control socket. It connects with the first command. */
export class BirdClient implements BirdControl, Disposable {
  readonly #session: Session;
  readonly #short: ReplyDeadline;
  readonly #long: ReplyDeadline;
  readonly #settleMs: number;
  /** One reconfiguration at a time, from the status check to its completion. */
  readonly #reconfigurations = new Serial();
  readonly #others = new Others();
  #configFile: string | undefined;
  /** Number of the connection on which the last plain `configure` succeeded. */
  #configuredOn: number | undefined;
  readonly #ask: Ask = (command) => this.#session.request(command, this.#long);

  constructor(options: BirdClientOptions) {
    const silenceMs = options.replyMs ?? DEFAULT_REPLY_MS;
    this.#short = { silenceMs, totalMs: silenceMs };
    this.#long = { silenceMs, totalMs: Math.max(silenceMs, options.longReplyMs ?? DEFAULT_LONG_REPLY_MS) };
    this.#settleMs = options.settleMs ?? DEFAULT_SETTLE_MS;
    this.#session = new Session({
      path: options.socket,
      greeting: this.#short,
      maxReplyBytes: options.maxReplyBytes ?? DEFAULT_MAX_REPLY_BYTES,
      readOnly: options.readOnly ?? false,
      failFast: options.failFast ?? false,
      onNote: options.onNote ?? (() => {}),
    });
  }

  get version(): string | undefined {
    return this.#session.version;
  }

  get configFile(): string | undefined {
    return this.#configFile;
  }

  get connected(): boolean {
    return this.#session.connected;
  }

  get configured(): boolean {
    return this.#session.connected && this.#configuredOn === this.#session.connections;
  }

  get displaced(): boolean {
    return this.#others.displaced;
  }

  async configureCheck(
    file: string,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: BirdFileError }> {
    const command = checkCommand(file);
    return parseCheck(command, await this.#session.request(command, this.#long), file);
  }

  async configure(options: ConfigureOptions = {}): Promise<ConfigureOutcome> {
    let connection: number | undefined;
    const outcome = await this.#reconfigure(configureCommand(options), options.file, () => {
      connection = this.#session.connections;
    });
    if (outcome.outcome === 'applied' && options.file === undefined) this.#configuredOn = connection;
    return outcome;
  }

  async undo(): Promise<ConfigureOutcome> {
    return this.#reconfigure(UNDO, undefined, () => {});
  }

  async confirm(): Promise<'confirmed' | 'nothingToDo'> {
    const command = 'configure confirm';
    return parseConfirm(command, await this.#session.request(command, this.#short));
  }

  async configureStatus(): Promise<ConfigureStatus> {
    return configureStatus((command) => this.#session.request(command, this.#short));
  }

  async showStatus(): Promise<BirdStatus> {
    const command = 'show status';
    const status = parseStatus(command, await this.#session.request(command, this.#short));
    this.#others.look(status, this.#session.connections);
    return status;
  }

  async showProtocols(): Promise<ProtocolStatus[]> {
    const command = 'show protocols all';
    return parseProtocols(command, await this.#session.request(command, this.#long));
  }

  async showRoutes(query: RouteQuery): Promise<BirdRoute[]> {
    const command = showRouteCommand(query);
    return parseRoutes(command, await this.#showRoute(command));
  }

  async countRoutes(query: RouteQuery): Promise<number> {
    const { network, all: _, ...rest } = query;
    if (network !== undefined) return (await this.showRoutes({ ...rest, network })).length;
    const command = countRoutesCommand(rest);
    return parseRouteCount(command, await this.#showRoute(command));
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    return this.#session.onConnection(listener);
  }

  connect(): Promise<void> {
    return this.#session.connect();
  }

  /** Closes the connection for good: a command in flight and every later one fails with `connectionLost`. */
  close(): void {
    this.#session.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @param answered called when BIRD has answered the command itself, while its connection is still the latest. */
  #reconfigure(command: string, file: string | undefined, answered: () => void): Promise<ConfigureOutcome> {
    const ask: Ask = async (asked) => {
      const reply = await this.#ask(asked);
      if (asked !== command) return reply;
      answered();
      const read = file === undefined ? fileRead(reply) : '';
      if (read !== '') this.#configFile = read;
      return reply;
    };
    return this.#reconfigurations.run(() => this.#noting(ask, command, file));
  }

  async #noting(ask: Ask, command: string, file: string | undefined): Promise<ConfigureOutcome> {
    this.#others.begin();
    let inForce = false;
    try {
      const outcome = await reconfigure(ask, command, file, this.#settleMs);
      inForce = outcome.outcome === 'applied' && file === undefined && command !== UNDO;
      return outcome;
    } finally {
      this.#others.end(inForce);
      // Asked at once, so that reconfigurations by others from now on are noticed. A BIRD that does not answer reveals
      // them later.
      if (inForce) this.showStatus().catch(() => {});
    }
  }

  async #showRoute(command: string): Promise<Reply> {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await this.#session.request(command, this.#long);
      if (reply.code !== CODE.stopped || attempt === SHOW_ROUTE_ATTEMPTS) return reply;
    }
  }
}
