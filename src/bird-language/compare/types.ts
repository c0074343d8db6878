/** What a change of BIRD's configuration does when BIRD takes it up, worked out from the two texts alone. */
export interface Preview {
  /**
   * BGP sessions that BIRD would end and begin anew. Whether that costs anything depends on whether they are up now,
   * which the text does not tell.
   */
  readonly resets: readonly SessionReset[];
  /** BGP protocols that are new, and those that go. One that only changes its name is a reset instead. */
  readonly begins: readonly SessionName[];
  readonly ends: readonly SessionName[];
  /** Channels of BGP sessions that stay, which BIRD fills again: all routes are sent once more, or asked for once more. */
  readonly refeeds: readonly ChannelRefeed[];
  /** Other protocols that begin, end or begin anew. */
  readonly protocols: readonly ProtocolChange[];
  /** Networks of our static protocols, announcements and summaries, that are told to the routers from now on. */
  readonly announced: readonly string[];
  /** Networks of our static protocols that are no longer told to the routers. */
  readonly withdrawn: readonly string[];
}

/** A BGP protocol by its name in BIRD. */
export interface SessionName {
  readonly protocol: string;
  /** Address of the neighbour as it is written; empty where the text does not tell. */
  readonly neighbor: string;
}

export interface SessionReset extends SessionName {
  /** What changed, each for people to read: `hold time 30 → 60`. Never a password. Never empty. */
  readonly reasons: readonly string[];
}

export interface ChannelRefeed {
  readonly protocol: string;
  /** `ipv4`, `ipv6`, … */
  readonly channel: string;
  /**
   * `export`: every route is sent to the peer again. `import`: the peer is asked for all its routes (route refresh, RFC
   * 2918). A peer that cannot do that, which the text does not tell, has its session reset instead.
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
