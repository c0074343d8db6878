/** Times of the engine, in milliseconds. */
export const TIMES = {
  /**
   * How often the sysctls of the whole host, and what filters its packets, are read: most changes come without an
   * event.
   */
  hostCheck: 2_000,
  /** How often the host's addresses and the routes to the peers are read without an event. */
  hostRefresh: 20_000,
  /** How often the default routes, and those directly to a link, are read without an event, which means all routes. */
  routesRefresh: 600_000,
  /** How often routes and the pods' host sides are compared in full, as the safety net for missed events. */
  resync: 30_000,
  /** How often some of the pods' own ends are inspected: no event reports changes in there. */
  podInspection: 1_000,
  /**
   * How long after a start undecided pods hold withdrawals back: three probes of ten seconds, Kubernetes' defaults
   * (failureThreshold 3, periodSeconds 10), have ended by then.
   */
  readinessTimeout: 30_000,
  /** How long link events wait for the end of an ADD that is in progress. */
  addSettleTime: 100,
  /** How long an `apply` waits for the pass that carries it out: BIRD may be slow to answer. */
  applyDeadline: 30_000,
};

/** Times in milliseconds, by name. Tests have shorter ones. */
export type EngineTimes = Readonly<typeof TIMES>;
