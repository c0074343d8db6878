/** The effects of a change of BIRD's configuration when BIRD loads it, derived from the two texts alone. */
export interface Preview {
  /**
   * BGP sessions that BIRD would restart. Whether that costs anything depends on whether they are up now, which the
   * texts do not say.
   */
  readonly resets: readonly SessionReset[];
  /** BGP protocols that are added, and those that are removed. One that only changes its name is a reset instead. */
  readonly begins: readonly SessionName[];
  readonly ends: readonly SessionName[];
  /** Channels of remaining BGP sessions that BIRD refills: all routes are sent again, or requested again. */
  readonly refeeds: readonly ChannelRefeed[];
  /** Other protocols that start, stop or restart. */
  readonly protocols: readonly ProtocolChange[];
  /** Networks of our static protocols, announcements and summaries, that will be announced to the routers. */
  readonly announced: readonly string[];
  /** Networks of our static protocols that will no longer be announced to the routers. */
  readonly withdrawn: readonly string[];
}

/** A BGP protocol by its name in BIRD. */
export interface SessionName {
  readonly protocol: string;
  /** Address of the neighbour as written; empty when the text does not give it. */
  readonly neighbor: string;
}

export interface SessionReset extends SessionName {
  /** What changed, in readable form: `hold time 30 → 60`. Never a password. Never empty. */
  readonly reasons: readonly string[];
}

export interface ChannelRefeed {
  readonly protocol: string;
  /** `ipv4`, `ipv6`, … */
  readonly channel: string;
  /**
   * `export`: every route is sent to the peer again. `import`: the peer is asked for all its routes (route refresh, RFC
   * 2918). If the peer cannot do that, which the text does not show, the session is reset instead.
   */
  readonly direction: 'export' | 'import';
  readonly reasons: readonly string[];
}

export interface ProtocolChange {
  readonly protocol: string;
  /** `static`, `kernel`, `bfd`, `device`, … */
  readonly type: string;
  readonly change: 'begins' | 'ends' | 'restarts';
  readonly reasons: readonly string[];
}
