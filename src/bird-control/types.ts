/** The answers of BIRD's control socket as values. Codes are those of BIRD's `doc/reply_codes`. */

/** Where BIRD found an error in a file. `line` and `column` are counted from 1. */
export interface BirdFileError {
  readonly file: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

/** The outcome of a `configure` or `configure undo`. */
export type ConfigureOutcome =
  /** 0003: in force. */
  | { readonly outcome: 'applied' }
  /** 0004: accepted, protocols still shutting down; poll `configureStatus`. */
  | { readonly outcome: 'inProgress' }
  /** 0005: accepted, queued after a running one. */
  | { readonly outcome: 'queued' }
  /** 0006: BIRD is shutting down. */
  | { readonly outcome: 'shuttingDown' }
  /** 0019: nothing to undo. 0017: a queued one was dropped. */
  | { readonly outcome: 'nothingToDo' | 'queuedDropped' }
  /** 8002: the running configuration remains in force. */
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
  /** For BGP `Established`, `Active`, `Idle`, …, followed by the last error if any. */
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
         * Whether the neighbour can be asked for its routes again (RFC 2918), so that a change of the import policy
         * does not need a new session. Undefined while there is no session.
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
   * For a BGP session: the address of this host that is announced as next hop, chosen when the session came up; `::`
   * when there was none. Undefined while the channel is down.
   */
  readonly nextHop?: string | undefined;
  /**
   * BIRD's counters of the route changes that it has accepted over the channel: while they are unchanged, no route has
   * been added or removed over it. Undefined while the channel is down.
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

/** Which routes `showRoute` asks for; all given conditions must hold. */
export interface RouteQuery {
  readonly table?: string;
  /** Exactly this network. */
  readonly network?: string;
  /** Source protocol. */
  readonly protocol?: string;
  /**
   * What would be exported to this protocol. While its session is down, BIRD refuses with 9001, as for an unknown name.
   */
  readonly exportedTo?: string;
  /**
   * What has been exported to this protocol, whatever its filter would say now. Refused in the same cases as
   * `exportedTo`.
   */
  readonly toldTo?: string;
  readonly all?: boolean;
  readonly primary?: boolean;
}

/**
 * One connection to BIRD, opened when first needed and reopened after it broke. Commands run one at a time, in order.
 */
export interface BirdControl {
  /** Version from the greeting of the current or last connection. */
  readonly version: string | undefined;
  /**
   * The file that BIRD reported as its configuration for the last `configure` that named none, as BIRD spells it (it
   * may be relative to BIRD's working directory). Undefined before the first, and when BIRD did not report it.
   */
  readonly configFile?: string | undefined;
  configureCheck(file: string): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: BirdFileError }>;
  /**
   * `configure`, once `configure status` says idle (BIRD 3 aborts on the third in a row), for which it waits up to the
   * deadline. When BIRD answers 0004 or 0005, it polls until the configuration is in force; the outcome is `inProgress`
   * or `queued` only when that takes longer than the deadline.
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
  /** Whether there is a connection right now. */
  readonly connected: boolean;
  /**
   * Whether a `configure` that named no file has succeeded on the current connection: this BIRD has read what was on
   * disk then. False after each new connection, since it may lead to another BIRD.
   */
  readonly configured?: boolean;
  /**
   * Whether others have reconfigured BIRD since our last `configure` that named no file, as far as known: only
   * `showStatus` finds it out.
   */
  readonly displaced?: boolean;
  /** Tries to connect now. @throws BirdError */
  connect(): Promise<void>;
  close(): void;
}

/** What kind of failure a BirdError is. */
export type BirdErrorKind =
  /** The socket does not exist, refuses, or may not be opened. */
  | 'unreachable'
  /** BIRD did not answer within the deadline; the connection was closed. */
  | 'timeout'
  /** The connection broke in the middle of a command. */
  | 'connectionLost'
  /** An answer that BIRD never gives. */
  | 'protocol'
  /** BIRD answered with an error code (8000 to 9999) that the command does not expect. */
  | 'refused'
  /** A command that must not be sent: too long, or with characters that cannot be quoted. */
  | 'invalidCommand'
  /** BIRD was still busy with an earlier reconfiguration at the end of the wait; the command was not sent. */
  | 'busy'
  /** The reply is larger than the client accepts. It was read to its end and discarded. */
  | 'tooLarge';

/** A failed exchange with BIRD. */
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
