/** Limits on the server's clients. Times in milliseconds. */
export interface ApiLimits {
  /** Largest body, in bytes. */
  readonly bodyBytes: number;
  /** From the connection to the end of the request's head. */
  readonly headMs: number;
  /** From the connection to the end of the request's body. */
  readonly requestMs: number;
  /** Without a byte in either direction, which also covers a client that does not read. */
  readonly idleMs: number;
  /** Most open connections; any further one is closed at once. */
  readonly connections: number;
  /** How long requests in progress may take after `close`. */
  readonly closeMs: number;
  /** How often the socket file is checked: that it exists, and is closed to all other users. */
  readonly inspectMs: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  // The plugin sends at most 128 KiB of variables and 1 MiB of standard input.
  bodyBytes: 2 * 1024 * 1024,
  headMs: 5_000,
  requestMs: 10_000,
  // Longer than the plugin waits for an ADD (90 s), so that a slow one is not cut off.
  idleMs: 120_000,
  connections: 512,
  closeMs: 5_000,
  inspectMs: 2_000,
};
