/** The answers of BIRD's control socket as values. Codes are those of BIRD's `doc/reply_codes`. */

/** Where BIRD found a fault in a file. `line` and `column` begin at 1. */
export interface BirdFileError {
  readonly file: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

/** What BIRD made of a `configure` or `configure undo`. */
export type ConfigureOutcome =
  /** 0003: in force. */
  | { readonly outcome: 'applied' }
  /** 0004: accepted, protocols still shutting down; poll `configureStatus`. */
  | { readonly outcome: 'inProgress' }
  /** 0005: accepted, waits behind a running one. */
  | { readonly outcome: 'queued' }
  /** 0006: BIRD is shutting down. */
  | { readonly outcome: 'shuttingDown' }
  /** 0019: nothing to undo. 0017: a queued one was dropped. */
  | { readonly outcome: 'nothingToDo' | 'queuedDropped' }
  /** 8002: the running configuration stands. */
  | { readonly outcome: 'refused'; readonly error: BirdFileError };

export interface ConfigureStatus {
  readonly state: 'idle' | 'inProgress' | 'queued' | 'shuttingDown';
  /** Seconds until BIRD undoes an unconfirmed configuration. */
  readonly undoInSeconds: number | undefined;
}

export interface BirdStatus {
  readonly version: string;
  readonly routerId: string | undefined;
  /** As BIRD prints them, in its `timeformat`. */
  readonly currentTime: string | undefined;
  readonly lastReboot: string | undefined;
  readonly lastReconfiguration: string | undefined;
  readonly state: 'running' | 'reconfiguring' | 'shuttingDown';
}

export interface ProtocolStatus {
  readonly name: string;
  /** `BGP`, `Static`, `Kernel`, `Device`, … */
  readonly type: string;
  readonly table: string | undefined;
  /** `up`, `start`, `down`, `stop`. */
  readonly state: string;
  readonly since: string;
  /** For BGP `Established`, `Active`, `Idle`, …, with the last error behind it if any. */
  readonly info: string;
  /** BGP only. */
  readonly bgp:
    | {
        readonly state: string | undefined;
        readonly neighborAddress: string | undefined;
        readonly neighborAs: number | undefined;
        readonly sourceAddress: string | undefined;
        readonly lastError: string | undefined;
        readonly holdTimer: string | undefined;
        /**
         * Whether the neighbour can be asked for its routes again (RFC 2918), so that a change of the import policy needs
         * no new session. Undefined while there is no session.
         */
        readonly routeRefresh?: boolean | undefined;
      }
    | undefined;
  readonly channels: readonly ProtocolChannel[];
}

export interface ProtocolChannel {
  /** `ipv4`, `ipv6`, … */
  readonly name: string;
  readonly state: string;
  readonly table: string | undefined;
  readonly imported: number | undefined;
  readonly filtered: number | undefined;
  readonly exported: number | undefined;
  readonly preferred: number | undefined;
  readonly importFilter: string | undefined;
  readonly exportFilter: string | undefined;
  /**
   * Of a session of BGP's: the address of this host that the routers are told as next hop, chosen when the session came up;
   * `::` when there was none. Undefined while the channel is down.
   */
  readonly nextHop?: string | undefined;
  /**
   * BIRD's counters of the route changes that it has accepted over the channel: while they are the same, no route has come
   * or gone that way. Undefined while the channel is down.
   */
  readonly accepted?: { readonly imports: string; readonly exports: string } | undefined;
}

export interface BirdRoute {
  readonly network: string;
  /** `unicast`, `blackhole`, `unreachable`, `prohibit`. */
  readonly type: string;
  readonly protocol: string;
  readonly primary: boolean;
  readonly preference: number | undefined;
  readonly nextHops: readonly {
    readonly via: string | undefined;
    readonly interface: string | undefined;
    readonly onlink: boolean;
    readonly weight: number | undefined;
  }[];
  /** From `show route all`: `BGP.as_path` → `64600 64601`, … */
  readonly attributes: ReadonlyMap<string, string>;
  /** BIRD left out a line that is too long for its socket (8000), so an attribute is missing. */
  readonly incomplete?: true;
}

/** Which routes `showRoute` asks for; all given conditions hold together. */
export interface RouteQuery {
  readonly table?: string;
  /** Exactly this network. */
  readonly network?: string;
  /** Source protocol. */
  readonly protocol?: string;
  /** What would be exported to this protocol. While its session is down BIRD refuses with 9001, as for an unknown name. */
  readonly exportedTo?: string;
  /** What has been exported to this protocol, whatever its filter would say today. Refused as `exportedTo` is. */
  readonly toldTo?: string;
  readonly all?: boolean;
  readonly primary?: boolean;
}

/** One connection to BIRD, made when first needed and again after it broke. Commands run one at a time, in order. */
export interface BirdControl {
  /** Version from the greeting of the current or last connection. */
  readonly version: string | undefined;
  /**
   * The file that BIRD has named as its configuration with the last `configure` that named none, as BIRD spells it (it
   * may be relative to BIRD's own folder). Undefined before the first, and where BIRD has not said.
   */
  readonly configFile?: string | undefined;
  configureCheck(file: string): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: BirdFileError }>;
  /**
   * `configure`, after `configure status` said idle (BIRD 3 aborts on the third in a row), waiting for that up to the
   * deadline. When BIRD answers 0004 or 0005 it polls until the configuration is in force; `inProgress` or `queued` is
   * the outcome only when that took longer than the deadline.
   */
  configure(options?: {
    readonly file?: string;
    readonly soft?: boolean;
    readonly undoAfterSeconds?: number;
  }): Promise<ConfigureOutcome>;
  configureStatus(): Promise<ConfigureStatus>;
  confirm(): Promise<'confirmed' | 'nothingToDo'>;
  undo(): Promise<ConfigureOutcome>;
  showStatus(): Promise<BirdStatus>;
  showProtocols(): Promise<ProtocolStatus[]>;
  showRoutes(query: RouteQuery): Promise<BirdRoute[]>;
  /** Routes that would be shown, counted by BIRD. */
  countRoutes(query: RouteQuery): Promise<number>;
  /** Calls back with true on connect and false when the connection breaks. */
  onConnection(listener: (connected: boolean) => void): () => void;
  /** Whether a connection stands right now. */
  readonly connected: boolean;
  /**
   * Whether a `configure` that named no file has succeeded on the connection that stands: this very BIRD has read what
   * lay on the disk then. False after each new connection, since it may lead to another BIRD.
   */
  readonly configured?: boolean;
  /**
   * Whether somebody else has reconfigured BIRD since the last `configure` here that named no file, as far as
   * `showStatus` has told: it is found out by that call.
   */
  readonly displaced?: boolean;
  /** Tries to connect now. @throws BirdError */
  connect(): Promise<void>;
  close(): void;
}

/** What kind of failure a BirdError is. */
export type BirdErrorKind =
  /** The socket is not there, refuses, or may not be opened. */
  | 'unreachable'
  /** BIRD did not answer within the deadline; the connection was closed. */
  | 'timeout'
  /** The connection broke in the middle of a command. */
  | 'connectionLost'
  /** An answer that no BIRD gives. */
  | 'protocol'
  /** BIRD answered with an error code (8000 to 9999) that the command does not expect. */
  | 'refused'
  /** A command that must not be sent: too long, or with characters that cannot be quoted. */
  | 'invalidCommand'
  /** BIRD was still at an earlier reconfiguration at the end of the wait; the command was not sent. */
  | 'busy'
  /** The reply is larger than the client takes. It was read to its end and thrown away. */
  | 'tooLarge';

/** A conversation with BIRD that failed. */
export class BirdError extends Error {
  override readonly name = 'BirdError';
  readonly kind: BirdErrorKind;
  /** BIRD's reply code, for `refused`. */
  readonly code: number | undefined;

  constructor(kind: BirdErrorKind, message: string, options: { code?: number; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.kind = kind;
    this.code = options.code;
  }
}
